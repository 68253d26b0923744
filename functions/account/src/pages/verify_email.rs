//! The page of a mailed link that verifies a user's address: it shows whose account it is, because the owner of the address
//! may not be the user who registered with it.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::domain::email_link::VerifiedBy;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::password::Password;
use shared::domain::user::User;
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::{Field, email, known_as};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, FORGOT_PASSWORD, SIGN_IN, VERIFY_EMAIL};
use shared::service::email_link::redeem::{LinkOutcome, LoadedLink};
use shared::service::email_link::verify_email::{self, Presented};
use shared::service::password::change;

use super::link;
use crate::message_page::{MessagePage, Purpose, about_current_password, username};
use crate::moment::moment;

const PURPOSE: Purpose<'_> = Purpose::anonymous(VERIFY_EMAIL);
const AGAIN: (&str, &str) = ("Go to your account", ACCOUNT);

/// How this browser shows that it is the account's user who verifies the address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// They are signed in.
    SignedIn,
    /// They enter their password.
    Password,
    /// They have no password, and sign in with their provider first.
    Provider,
}

impl Proof {
    fn of(browser: &BrowserContext, user: &User) -> Self {
        match browser.signed_in() {
            Some((_, signed_in)) if signed_in.id == user.id => Self::SignedIn,
            _ if user.password_hash.is_some() => Self::Password,
            _ => Self::Provider,
        }
    }
}

/// Shows the account and the choice; nothing is changed, because mail programs open links by themselves.
pub(crate) async fn show(app: &App, browser: &BrowserContext, fields: &Fields) -> Result<Response, PageError> {
    let token = link::token(fields);
    match verify_email::find(app, &token, browser.now).await? {
        Presented::Open(loaded) => page(app, browser, &loaded, &token, StatusCode::OK, &Mistakes::new()).await,
        Presented::Decided(outcome) => decided(app, browser, outcome, &token),
    }
}

/// Verifies the address, or takes it from the account.
pub(crate) async fn submit(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    mut fields: Fields,
) -> Result<Response, PageError> {
    let token = link::token(&fields);
    let again = link::address(VERIFY_EMAIL, &token);
    PURPOSE.again_at(&again).check(app, browser, request, &fields).await?;
    let loaded = match verify_email::find(app, &token, browser.now).await? {
        Presented::Open(loaded) => *loaded,
        Presented::Decided(outcome) => return decided(app, browser, outcome, &token),
    };
    if fields.text("action").ok().flatten() == Some("disown") {
        return disown(app, browser, request, loaded, &token).await;
    }
    match Proof::of(browser, &loaded.user) {
        Proof::SignedIn => {}
        Proof::Provider => return Err(sign_in_first(&again)),
        Proof::Password => {
            let password = fields.required("password", Password::parse);
            let is_right = match fields.finish(|| password) {
                Ok(password) => {
                    let (user, action) = (&loaded.user, AuditAction::EmailVerified);
                    let confirmed = change::confirm(app, user, &password, action, request, browser.now);
                    if confirmed.await? { Ok(()) } else { Err(change::mistake("password")) }
                }
                Err(mistakes) => Err(mistakes),
            };
            if let Err(mistakes) = is_right {
                return page(app, browser, &loaded, &token, StatusCode::BAD_REQUEST, &mistakes).await;
            }
        }
    }
    let outcome = verify_email::confirm(app, request, &token, loaded, VerifiedBy::User, browser.now).await?;
    decided(app, browser, outcome, &token)
}

/// The response to a link of which nothing is left to do.
fn decided(app: &App, browser: &BrowserContext, outcome: LinkOutcome, token: &str) -> Result<Response, PageError> {
    match outcome {
        LinkOutcome::Done(user) => {
            let lead = html! { "Thank you. Your address " strong { (known_as(&user)) } " is verified." };
            Ok(MessagePage::done("Your address is confirmed", lead, AGAIN).response(app, browser))
        }
        LinkOutcome::Raced => Err(link::raced(("Try again", link::address(VERIFY_EMAIL, token)))),
        LinkOutcome::Void | LinkOutcome::EmailTaken => Err(link::void(AGAIN)),
    }
}

async fn disown(
    app: &App,
    browser: &BrowserContext,
    request: &Request,
    loaded: LoadedLink,
    token: &str,
) -> Result<Response, PageError> {
    let address = loaded.link.email.clone();
    match verify_email::disown(app, request, loaded, browser.now).await? {
        LinkOutcome::Done(_) => {
            let lead = html! {
                "The address " strong { (email(&address)) } " no longer belongs to that account, and you can register with it."
            };
            let next = ("Sign in or register", SIGN_IN);
            Ok(MessagePage::done("Your address is free", lead, next).response(app, browser))
        }
        outcome => decided(app, browser, outcome, token),
    }
}

fn sign_in_first(again: &str) -> PageError {
    let message = "Sign in to this account in this browser, and then open the link in the mail again.";
    let error = PageError::new(StatusCode::FORBIDDEN, "recent_sign_in_required", "Please sign in first", message);
    error.leading_to("Back", again.to_owned())
}

async fn page(
    app: &App,
    browser: &BrowserContext,
    loaded: &LoadedLink,
    token: &str,
    status: StatusCode,
    mistakes: &Mistakes,
) -> Result<Response, PageError> {
    let hidden = PURPOSE.hidden(app, browser, &[("token", token)]).await?;
    let proof = Proof::of(browser, &loaded.user);
    let content = html! {
        (account(&loaded.user))
        @if proof == Proof::Provider {
            p.warning { "To confirm the address, first sign in to this account in this browser. Then open the link in the mail again." }
            a.button.main.block href=(SIGN_IN) { "Sign in" }
        } @else {
            form method="post" action=(VERIFY_EMAIL) {
                (hidden)
                @if proof == Proof::Password {
                    (username(&loaded.user))
                    (Field {
                        name: "password", label: "Password of this account", kind: "password", autocomplete: "current-password",
                        mistake: about_current_password(mistakes, "password").as_deref(), is_first: true, ..Field::default()
                    }.markup())
                }
                button.main.block type="submit" name="action" value="confirm" { "Confirm my address" }
            }
            @if proof == Proof::Password {
                p.after { a href=(FORGOT_PASSWORD) { "Forgot your password?" } br; "A new one confirms your address, too." }
            }
        }
        h2 { "Not your account?" }
        p { "Perhaps your address was typed by mistake. If you did not register, this account loses it, and you can use it yourself." }
        form method="post" action=(VERIFY_EMAIL) {
            (hidden)
            button.danger.block type="submit" name="action" value="disown" { "I did not register" }
        }
    };
    let lead = html! { "This account was registered with " strong { (email(&loaded.link.email)) } ". Is it yours?" };
    let title = "Confirm your e-mail address";
    Ok(MessagePage { status, title, lead, notice: None, content }.response(app, browser))
}

/// Whose account it is.
fn account(user: &User) -> Markup {
    html! {
        div.user { span {
            strong { (user.name) }
            br;
            span.quiet {
                "Registered " (moment(user.created_at))
                @if let Some(from) = &user.registered_from { " from " (from) }
            }
        } }
    }
}
