//! The page on which a user deletes their account.

use lambda_http::http::StatusCode;
use maud::html;
use shared::domain::audit::AuditAction;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::user::deletion::DeletedBy;
use shared::http::error::page::PageError;
use shared::http::page::cookie::{Cookie, Cookies};
use shared::http::page::known_as;
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, DELETE_ACCOUNT, SIGN_IN};
use shared::service::password::change;
use shared::service::user::deletion;

use super::link;
use crate::message_page::MessagePage;
use crate::signed_in_page::{SignedInPage, leading_back};
use shared::http::page::moment::date;

/// Shows what is deleted, and the form.
pub(crate) async fn show(at: SignedInPage<'_>) -> Result<Response, PageError> {
    page(at, StatusCode::OK, &Mistakes::new()).await
}

/// Deletes the signed-in user, who proves their identity once more.
pub(crate) async fn submit(at: SignedInPage<'_>, request: &Request, mut fields: Fields) -> Result<Response, PageError> {
    at.check(request, &fields).await?;
    let proof = at.proof(&mut fields);
    let proof = match fields.finish(|| proof) {
        Ok(proof) => proof,
        Err(mistakes) => return page(at, StatusCode::BAD_REQUEST, &mistakes).await,
    };
    if !at.is_proven(&proof, AuditAction::UserDeleted, request).await? {
        let mistakes = change::mistake("password");
        return page(at, StatusCode::BAD_REQUEST, &mistakes).await;
    }
    let deleted = deletion::delete(at.app, at.user, DeletedBy::User, request, at.browser.now).await;
    let Some(deletion) = deleted.map_err(leading_back)? else {
        return Err(link::raced(("Try again", DELETE_ACCOUNT.to_owned())));
    };
    let lead = html! {
        "You are signed out everywhere, and no app can access your account any more."
        @if let Some(until) = deletion.restorable_until {
            " Your data is deleted on " (date(until)) ". To keep your account, sign in before."
        }
    };
    let mut response =
        at.page(MessagePage::done("Your account was deleted", lead, ("Go to the sign-in page", SIGN_IN)));
    Cookies::of(&at.browser.issuer).clear(&mut response, Cookie::Session);
    Ok(response)
}

async fn page(at: SignedInPage<'_>, status: StatusCode, mistakes: &Mistakes) -> Result<Response, PageError> {
    let hidden = at.hidden().await?;
    let content = html! {
        p.warning {
            "This deletes your profile, your contacts and the apps that you created, and revokes the access of connected apps."
            @if at.app.config.deletion_grace.is_zero() { " It cannot be undone." }
        }
        @if !at.app.config.deletion_grace.is_zero() {
            p { "You can change your mind until " (date(at.browser.now.after(at.app.config.deletion_grace))) ": sign in, and keep your account. After that, it cannot be undone." }
        }
        p.quiet { "A log of sign-ins and changes is stored for a limited time. It contains neither your name nor your e-mail address." }
        form method="post" action=(DELETE_ACCOUNT) {
            (hidden)
            (at.proof_field(mistakes, true))
            button.danger.block type="submit" { "Delete my account" }
        }
        p.after { a href=(ACCOUNT) { "Keep my account" } }
    };
    let lead = html! { "This is the account of " strong { (known_as(at.user)) } "." };
    Ok(at.page(MessagePage { status, title: "Delete your account", lead, notice: None, content }))
}
