//! `GET,POST /account` and the pages behind it: a user sees their profile, sessions and connected apps, changes or ends each,
//! and deletes the account. Mailed links lead here too.

mod action;
mod device;
mod message_page;
mod overview;
mod page;
mod pages;
mod signed_in_page;

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::http::error::page::PageError;
use shared::http::methods::Methods;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::see_other;
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::paths::{
    ACCOUNT, CHANGE_EMAIL, CHANGE_PASSWORD, CHANGE_PASSWORD_WELL_KNOWN, CONFIRM_EMAIL, DELETE_ACCOUNT, EXPORT_ACCOUNT,
    FORGOT_PASSWORD, NOT_ME, OWN_APPS, PROFILE, RESET_PASSWORD, RESTORE_ACCOUNT, SIGN_IN, USER_KEY, VERIFY_EMAIL,
};
use shared::store::Load;

use pages::{
    change_email, change_password, confirm_email, delete, export, forgot_password, not_me, own_apps, profile,
    reset_password, restore, user_key,
};
use signed_in_page::SignedInPage;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::Of(&[Method::GET, Method::POST]), handle)
        .same_origin()
        .takes_new_passwords()
        .uses(&[KeyUse::Published, KeyUse::Mac])
}

/// Shows a page or handles its form.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, PageError> {
    let is_form = request.head.method == Method::POST;
    let path = request.head.path.as_str();
    // A Well-Known URL for Changing Passwords, §3.
    if path == CHANGE_PASSWORD_WELL_KNOWN {
        return Ok(see_other(CHANGE_PASSWORD));
    }
    let fields = if is_form { request.form()? } else { request.query_fields()? };
    let browser = BrowserContext::read(&app, &request.head, Load::default()).await?;
    match (path, is_form) {
        (FORGOT_PASSWORD, false) => forgot_password::show(&app, &browser, &fields).await,
        (FORGOT_PASSWORD, true) => forgot_password::submit(&app, &browser, &request, fields).await,
        (RESET_PASSWORD, false) => reset_password::show(&app, &browser, &fields).await,
        (RESET_PASSWORD, true) => reset_password::submit(&app, &browser, &request, fields).await,
        (VERIFY_EMAIL, false) => pages::verify_email::show(&app, &browser, &fields).await,
        (VERIFY_EMAIL, true) => pages::verify_email::submit(&app, &browser, &request, fields).await,
        (CONFIRM_EMAIL, false) => confirm_email::show(&app, &browser, &fields).await,
        (CONFIRM_EMAIL, true) => confirm_email::submit(&app, &browser, &request, fields).await,
        (NOT_ME, false) => not_me::show(&app, &browser, &fields).await,
        (NOT_ME, true) => not_me::submit(&app, &browser, &request, fields).await,
        (RESTORE_ACCOUNT, false) => restore::show(&app, &browser, &fields).await,
        (RESTORE_ACCOUNT, true) => restore::submit(&app, &browser, &request, fields).await,
        _ => match browser.signed_in() {
            Some((session, user)) => {
                let at = SignedInPage { app: &app, browser: &browser, session, user, path };
                account_page(at, &request, is_form.then_some(fields)).await
            }
            None => Ok(see_other(SIGN_IN)),
        },
    }
}

/// The pages of a signed-in user.
async fn account_page(at: SignedInPage<'_>, request: &Request, form: Option<Fields>) -> Result<Response, PageError> {
    match (at.path, form) {
        (ACCOUNT, None) => page::show(at).await,
        (ACCOUNT, Some(form)) => action::submit(at, request, form).await,
        (PROFILE, None) => profile::show(at).await,
        (PROFILE, Some(form)) => profile::submit(at, request, form).await,
        (CHANGE_PASSWORD, None) => change_password::show(at).await,
        (CHANGE_PASSWORD, Some(form)) => change_password::submit(at, request, form).await,
        (CHANGE_EMAIL, None) => change_email::show(at).await,
        (CHANGE_EMAIL, Some(form)) => change_email::submit(at, request, form).await,
        (USER_KEY, None) => user_key::show(at, request).await,
        (USER_KEY, Some(form)) => user_key::submit(at, request, form).await,
        (OWN_APPS, None) => own_apps::show(at).await,
        (OWN_APPS, Some(form)) => own_apps::submit(at, request, &form).await,
        (DELETE_ACCOUNT, None) => delete::show(at).await,
        (DELETE_ACCOUNT, Some(form)) => delete::submit(at, request, form).await,
        (EXPORT_ACCOUNT, Some(form)) => export::submit(at, request, form).await,
        (EXPORT_ACCOUNT, None) => Ok(see_other(ACCOUNT)),
        _ => Err(PageError::not_found()),
    }
}
