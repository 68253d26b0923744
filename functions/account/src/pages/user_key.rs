//! The page on which a user renames or revokes a user key.

use lambda_http::http::StatusCode;
use maud::html;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::types::display_name::DisplayName;
use shared::domain::user_key::{KeyId, UserKey, UserKeyName};
use shared::http::error::page::PageError;
use shared::http::page::{Field, see_other};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, USER_KEY};

use crate::message_page::MessagePage;
use crate::signed_in_page::SignedInPage;

/// Shows the key, with the forms that name and revoke it.
pub(crate) async fn show(at: SignedInPage<'_>, request: &Request) -> Result<Response, PageError> {
    let key = find(at, &request.query_fields()?).await?;
    page(at, &key, Attempt { name: key.name.as_str().to_owned(), ..Attempt::default() }).await
}

/// Renames the key and redirects to the account page, or revokes it and confirms that on a page.
pub(crate) async fn submit(at: SignedInPage<'_>, request: &Request, mut fields: Fields) -> Result<Response, PageError> {
    at.check(request, &fields).await?;
    let key = find(at, &fields).await?;
    let event = |action| AuditEvent::new(action, request.origin(), at.browser.now).of_user(at.user).about(key.id);
    if fields.text("action").ok().flatten() == Some("revoke") {
        let event = event(AuditAction::UserKeyRevoked);
        at.app.stores.revoke_key(key.shown(), &event, at.browser.now).await?;
        let lead =
            html! { "Scripts that used " strong { (key.name) } " are signed out, and cannot sign in with it again." };
        return Ok(at.page(MessagePage::done("The key was revoked", lead, ("Go to your account", ACCOUNT))));
    }
    let typed = fields.text("name").ok().flatten().unwrap_or_default().to_owned();
    let name = fields.required("name", DisplayName::parse);
    let name = match fields.finish(|| name) {
        Ok(name) => name,
        Err(mistakes) => {
            return page(at, &key, Attempt { status: StatusCode::BAD_REQUEST, name: typed, mistakes }).await;
        }
    };
    let event = event(AuditAction::UserKeyRenamed);
    match at.app.stores.rename_key(key.shown(), &name, &event, at.browser.now).await? {
        true => Ok(see_other(ACCOUNT)),
        false => Err(PageError::not_found()),
    }
}

/// The user's key that an address or a form names.
async fn find(at: SignedInPage<'_>, fields: &Fields) -> Result<UserKey, PageError> {
    let key_id = fields.text("key").ok().flatten().and_then(KeyId::parse).ok_or_else(PageError::not_found)?;
    let key = at.app.stores.users.find_key(UserKeyName { user_id: at.user.id, key_id }).await?;
    key.ok_or_else(PageError::not_found)
}

/// What the page shows after a refused attempt to rename the key.
#[derive(Default)]
struct Attempt {
    status: StatusCode,
    name: String,
    mistakes: Mistakes,
}

async fn page(at: SignedInPage<'_>, key: &UserKey, attempt: Attempt) -> Result<Response, PageError> {
    let hidden = at.hidden().await?;
    let id = key.id.to_string();
    let mistake = attempt.mistakes.get("name").map(|mistake| format!("The name {mistake}."));
    let works = key.is_valid_for(at.user);
    let content = html! {
        @if works {
            form method="post" action=(USER_KEY) {
                (hidden)
                input type="hidden" name="key" value=(id);
                (Field {
                    name: "name", label: "Name of the key", kind: "text", autocomplete: "off", value: &attempt.name,
                    mistake: mistake.as_deref(), is_first: true, ..Field::default()
                }.markup())
                button.main.block type="submit" name="action" value="rename" { "Save" }
            }
            h2 { "Revoke this key" }
            p.warning { "Scripts that use this key are signed out at once, and cannot sign in with it again. It cannot be undone." }
        } @else {
            p { "This key ended when your account was secured. Revoke it to remove it from your account page." }
        }
        form method="post" action=(USER_KEY) {
            (hidden)
            input type="hidden" name="key" value=(id);
            button.danger.block type="submit" name="action" value="revoke" { "Revoke this key" }
        }
        p.after { a href=(ACCOUNT) { "Cancel" } }
    };
    let about = match (works, key.secret_hash.is_some()) {
        (false, _) => "It no longer works.",
        (true, true) => "It has its own secret.",
        (true, false) => "Its secret is your password.",
    };
    let lead = html! { @if !works { strong { (key.name) } br; } code { (key.shown()) } br; (about) };
    Ok(at.page(MessagePage { status: attempt.status, title: "Your user key", lead, notice: None, content }))
}
