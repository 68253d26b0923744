//! The proof, on the page of a mailed link, that it is the account's user who follows it: the mail alone proves the address,
//! and not that its owner is the user of this account.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::password::Password;
use shared::domain::user::User;
use shared::http::Request;
use shared::http::error::page::PageError;
use shared::http::page::Field;
use shared::http::page::browser_context::BrowserContext;
use shared::paths::SIGN_IN;
use shared::service::password::change;

use crate::message_page::{about_current_password, username};
use shared::http::page::moment::moment;

/// How this browser shows that it is the account's user who follows the link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountProof {
    /// They are signed in.
    SignedIn,
    /// They enter their password.
    Password,
    /// They have no password, and sign in with their provider first.
    Provider,
}

impl AccountProof {
    /// What this browser needs for this user.
    pub(crate) fn of(browser: &BrowserContext, user: &User) -> Self {
        match browser.signed_in() {
            Some((_, signed_in)) if signed_in.id == user.id => Self::SignedIn,
            _ if user.password_hash.is_some() => Self::Password,
            _ => Self::Provider,
        }
    }

    /// Checks the proof in a form; the mistakes are for the form to show.
    pub(crate) async fn check(
        self,
        app: &App,
        user: &User,
        mut fields: Fields,
        action: AuditAction,
        request: &Request,
    ) -> Result<Result<(), Mistakes>, PageError> {
        match self {
            Self::SignedIn => Ok(Ok(())),
            Self::Provider => Err(sign_in_first()),
            Self::Password => {
                let password = fields.required("password", Password::parse);
                let password = match fields.finish(|| password) {
                    Ok(password) => password,
                    Err(mistakes) => return Ok(Err(mistakes)),
                };
                let confirmed = change::confirm(app, user, &password, action, request, app.clock.now()).await?;
                Ok(if confirmed { Ok(()) } else { Err(change::mistake("password")) })
            }
        }
    }

    /// The field of the form, if there is something to type.
    pub(crate) fn field(self, user: &User, mistakes: &Mistakes) -> Markup {
        html! {
            @if self == Self::Password {
                (username(user))
                (Field {
                    name: "password", label: "Password of this account", kind: "password", autocomplete: "current-password",
                    mistake: about_current_password(mistakes, "password").as_deref(), is_first: true, ..Field::default()
                }.markup())
            }
        }
    }
}

/// Shown in place of the form to a user who has to sign in first.
pub(crate) fn sign_in_to_confirm() -> Markup {
    html! {
        p.warning { "To confirm the address, first sign in to this account in this browser. Then open the link in the mail again." }
        a.button.main.block href=(SIGN_IN) { "Sign in" }
    }
}

fn sign_in_first() -> PageError {
    let message = "Sign in to this account in this browser, and then open the link in the mail again.";
    let error = PageError::new(StatusCode::FORBIDDEN, "recent_sign_in_required", "Please sign in first", message);
    error.leading_to("Sign in", SIGN_IN)
}

/// Whose account it is.
pub(crate) fn account(user: &User) -> Markup {
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
