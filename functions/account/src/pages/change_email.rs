//! The page on which a user changes their e-mail address.

use lambda_http::http::StatusCode;
use maud::html;
use shared::domain::audit::AuditAction;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::http::error::page::PageError;
use shared::http::page::{Field, email};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, CHANGE_EMAIL};
use shared::service::email_link::change_email;
use shared::service::password::change;

use super::link;
use crate::message_page::MessagePage;
use crate::signed_in_page::{SignedInPage, leading_back};

/// Shows the form.
pub(crate) async fn show(at: SignedInPage<'_>) -> Result<Response, PageError> {
    if at.app.config.mail_from.is_none() {
        return Err(link::no_mail().leading_to("Go to your account", ACCOUNT));
    }
    page(at, Attempt::default()).await
}

/// Sends a link to the new address and a notice to the old one.
pub(crate) async fn submit(at: SignedInPage<'_>, request: &Request, mut fields: Fields) -> Result<Response, PageError> {
    at.check(request, &fields).await?;
    if at.app.config.mail_from.is_none() {
        return Err(link::no_mail().leading_to("Go to your account", ACCOUNT));
    }
    let typed = fields.text("new_email").ok().flatten().unwrap_or_default().to_owned();
    let refuse = |mistakes| Attempt { status: StatusCode::BAD_REQUEST, typed, mistakes };
    let address = fields.required("new_email", |text| change_email::parse(at.user, text));
    let proof = at.proof(&mut fields);
    let (address, proof) = match fields.finish(|| address.zip(proof)) {
        Ok(complete) => complete,
        Err(mistakes) => return page(at, refuse(mistakes)).await,
    };
    if !at.is_proven(&proof, AuditAction::EmailChangeRequested, request).await? {
        return page(at, refuse(change::mistake("password"))).await;
    }
    change_email::request(at.app, at.user, &address, request, at.browser.now).await.map_err(leading_back)?;
    let lead = html! {
        "We sent a link to " strong { (email(&address)) } ". It is valid for 24 hours. Your address does not change until you follow it."
    };
    Ok(at.page(MessagePage::done("Check your mail", lead, ("Go to your account", ACCOUNT))))
}

/// What the page shows after a refused attempt.
#[derive(Default)]
struct Attempt {
    status: StatusCode,
    typed: String,
    mistakes: Mistakes,
}

async fn page(at: SignedInPage<'_>, attempt: Attempt) -> Result<Response, PageError> {
    let hidden = at.hidden().await?;
    let address = attempt.mistakes.get("new_email").map(|mistake| format!("The e-mail address {mistake}."));
    let is_password_wrong = attempt.mistakes.contains_key("password");
    let content = html! {
        form method="post" action=(CHANGE_EMAIL) {
            (hidden)
            (Field {
                name: "new_email", label: "New e-mail address", kind: "email", autocomplete: "email", value: &attempt.typed,
                mistake: address.as_deref(), is_first: !is_password_wrong || address.is_some(), ..Field::default()
            }.markup())
            (at.proof_field(&attempt.mistakes, is_password_wrong && address.is_none()))
            button.main.block type="submit" { "Mail me a link" }
        }
        p.after { a href=(ACCOUNT) { "Cancel" } }
    };
    let lead = match &at.user.email {
        Some(address) => html! {
            "Your address stays " strong { (email(address)) } " until you follow the link that we will mail to the new one."
        },
        None => html! { "The address is added to your account when you follow the link that we will mail to it." },
    };
    let title = "Change your e-mail address";
    Ok(at.page(MessagePage { status: attempt.status, title, lead, notice: None, content }))
}
