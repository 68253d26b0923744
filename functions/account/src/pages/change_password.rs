//! The page on which a user changes their password.

use lambda_http::http::StatusCode;
use maud::html;
use shared::domain::audit::AuditAction;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::password::Password;
use shared::http::error::page::PageError;
use shared::http::page::Field;
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, CHANGE_PASSWORD, FORGOT_PASSWORD};
use shared::service::password::{breached, change, new};
use shared::store::PasswordChanged;

use super::link;
use crate::message_page::{MessagePage, about_current_password, username};
use crate::signed_in_page::{SignedInPage, leading_back};

/// Shows the form.
pub(crate) async fn show(at: SignedInPage<'_>) -> Result<Response, PageError> {
    page(at, StatusCode::OK, &Mistakes::new()).await
}

/// Changes the password; every session but this one ends.
pub(crate) async fn submit(at: SignedInPage<'_>, request: &Request, mut fields: Fields) -> Result<Response, PageError> {
    at.check(request, &fields).await?;
    let current = fields.required("current_password", Password::parse);
    let new = new::read(&mut fields, "new_password");
    let passwords = fields
        .finish(|| current.zip(new))
        .and_then(|(current, new)| new::accept(at.app, at.user, new, "new_password").map(|new| (current, new)));
    let (current, new) = match passwords {
        Ok(passwords) => passwords,
        Err(mistakes) => return page(at, StatusCode::BAD_REQUEST, &mistakes).await,
    };
    if !at.knows(&current, AuditAction::PasswordChanged, request).await? {
        let mistakes = change::mistake("current_password");
        return page(at, StatusCode::BAD_REQUEST, &mistakes).await;
    }
    if let Err(mistakes) = breached::ensure_none(at.app, &new, "new_password").await {
        return page(at, StatusCode::BAD_REQUEST, &mistakes).await;
    }
    let changed = change::change(at.app, at.user, at.session, &new, request, at.browser.now).await;
    match changed.map_err(leading_back)? {
        PasswordChanged::Done => {
            let lead = html! { "You are signed out everywhere else." };
            Ok(at.page(MessagePage::done("Your password was changed", lead, ("Go to your account", ACCOUNT))))
        }
        PasswordChanged::Raced => Err(link::raced(("Try again", CHANGE_PASSWORD.to_owned()))),
    }
}

async fn page(at: SignedInPage<'_>, status: StatusCode, mistakes: &Mistakes) -> Result<Response, PageError> {
    let hidden = at.hidden().await?;
    let current = about_current_password(mistakes, "current_password");
    let new = mistakes.get("new_password").map(|mistake| format!("The new password {mistake}."));
    let hint =
        format!("At least {} characters. A few words in a row work well.", at.app.config.password_policy.shortest);
    let content = html! {
        form method="post" action=(CHANGE_PASSWORD) {
            (hidden)
            (username(at.user))
            (Field {
                name: "current_password", label: "Current password", kind: "password", autocomplete: "current-password",
                mistake: current.as_deref(), is_first: new.is_none() || current.is_some(), ..Field::default()
            }.markup())
            (Field {
                name: "new_password", label: "New password", kind: "password", autocomplete: "new-password",
                mistake: new.as_deref(), hint: Some(&hint), is_first: new.is_some() && current.is_none(),
                ..Field::default()
            }.markup())
            button.main.block type="submit" { "Change my password" }
        }
        p.after { a href=(FORGOT_PASSWORD) { "Forgot your password?" } " · " a href=(ACCOUNT) { "Cancel" } }
    };
    let lead = html! { "You stay signed in here and will be signed out everywhere else." };
    Ok(at.page(MessagePage { status, title: "Change your password", lead, notice: None, content }))
}
