//! Where somebody leaves for good.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::audit::AuditAction;
use shared::http::cookie::{Cookie, Cookies};
use shared::http::fields::Mistakes;
use shared::http::page::{Field, email};
use shared::http::page_error::PageError;
use shared::http::{Fields, Request, Response};
use shared::password::Password;
use shared::paths::{ACCOUNT, DELETE_ACCOUNT, SIGN_IN};
use shared::session::Session;
use shared::store::DeletionBegun;
use shared::user::User;
use shared::{deletion, password_change};

use super::link;
use crate::visit::{Purpose, Sheet, Visit, about_their_password, leading_back, username};

/// Shows what goes, and the form.
pub(crate) async fn show(app: &App, visit: &Visit, session: &Session, user: &User) -> Result<Response, PageError> {
    page(app, visit, session, user, StatusCode::OK, &Mistakes::new()).await
}

/// Deletes whoever is signed in and gives their password once more.
pub(crate) async fn submit(
    app: &App,
    visit: &Visit,
    session: &Session,
    user: &User,
    request: &Request,
    mut fields: Fields,
) -> Result<Response, PageError> {
    visit.check(app, request, &fields, Purpose::of(DELETE_ACCOUNT, session)).await?;
    let password = fields.required("password", Password::parse);
    let password = match fields.complete(password) {
        Ok(password) => password,
        Err(mistakes) => return page(app, visit, session, user, StatusCode::BAD_REQUEST, &mistakes).await,
    };
    let confirmed = password_change::confirm(app, user, &password, AuditAction::UserDeleted, request, visit.now);
    if !confirmed.await.map_err(leading_back)? {
        let mistakes = password_change::mistake("password");
        return page(app, visit, session, user, StatusCode::BAD_REQUEST, &mistakes).await;
    }
    match deletion::delete(app, user, request, visit.now).await? {
        DeletionBegun::Done => {
            let lead = html! { "You are signed out everywhere, and no app has access any more. Goodbye!" };
            let mut response =
                visit.page(app, Sheet::done("Your account was deleted", lead, ("To the sign-in page", SIGN_IN)));
            Cookies::of(&visit.issuer).clear(&mut response, Cookie::Session);
            Ok(response)
        }
        DeletionBegun::Raced => Err(link::raced(("Try again", DELETE_ACCOUNT.to_owned()))),
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    session: &Session,
    user: &User,
    status: StatusCode,
    mistakes: &Mistakes,
) -> Result<Response, PageError> {
    let hidden = visit.hidden(app, Purpose::of(DELETE_ACCOUNT, session), &[]).await?;
    let mistake = about_their_password(mistakes, "password");
    let content = html! {
        p.warning { "This deletes your profile, your contacts and the apps that you made, and ends the access of apps that you allowed. It cannot be undone." }
        p.quiet { "A log of sign-ins and changes stays for a time. It has neither your name nor your e-mail address." }
        form method="post" action=(DELETE_ACCOUNT) {
            (hidden)
            (username(user))
            (Field {
                name: "password", label: "Your password", kind: "password", autocomplete: "current-password",
                mistake: mistake.as_deref(), is_first: true, ..Field::default()
            }.markup())
            button.danger.block type="submit" { "Delete my account" }
        }
        p.after { a href=(ACCOUNT) { "Keep my account" } }
    };
    let lead = html! { "This is the account of " strong { (email(&user.email)) } "." };
    Ok(visit.page(app, Sheet { status, title: "Delete your account", lead, notice: None, content }))
}
