//! A signed-in user on one of their pages.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::audit::AuditAction;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::password::Password;
use shared::domain::session::Session;
use shared::domain::user::User;
use shared::http::error::page::PageError;
use shared::http::page::Field;
use shared::http::page::browser_context::BrowserContext;
use shared::http::{Request, Response};
use shared::paths::ACCOUNT;
use shared::service::password::change;
use shared::service::throttle::Throttled;

use crate::message_page::{MessagePage, Purpose, about_current_password, username};

/// The repeated proof of the user's identity.
pub(crate) enum Proof {
    /// Their password.
    Password(Password),
    /// A recent sign-in of a user without a password.
    RecentSignIn,
}

/// A signed-in user on one of their pages.
#[derive(Clone, Copy)]
pub(crate) struct SignedInPage<'s> {
    pub(crate) app: &'s App,
    pub(crate) browser: &'s BrowserContext,
    pub(crate) session: &'s Session,
    pub(crate) user: &'s User,
    /// The page's path, which its forms are for.
    pub(crate) path: &'s str,
}

impl SignedInPage<'_> {
    /// Checks that the page's form was shown to this user in this browser.
    pub(crate) async fn check(self, request: &Request, fields: &Fields) -> Result<(), PageError> {
        Purpose::of(self.path, self.session).check(self.app, self.browser, request, fields).await
    }

    /// The hidden fields of the page's forms.
    pub(crate) async fn hidden(self) -> Result<Markup, PageError> {
        self.hidden_for(self.path).await
    }

    /// The hidden fields of a form that another page handles.
    pub(crate) async fn hidden_for(self, path: &str) -> Result<Markup, PageError> {
        Purpose::of(path, self.session).hidden(self.app, self.browser, &[]).await
    }

    /// Returns whether this is the user's password.
    pub(crate) async fn knows(
        self,
        password: &Password,
        action: AuditAction,
        request: &Request,
    ) -> Result<bool, PageError> {
        let confirmed = change::confirm(self.app, self.user, password, action, request, self.browser.now);
        confirmed.await.map_err(leading_back)
    }

    /// Reads the proof: the user's password, or a recent sign-in if they have none.
    pub(crate) fn proof(self, fields: &mut Fields) -> Option<Proof> {
        if self.user.password_hash.is_some() {
            return fields.required("password", Password::parse).map(Proof::Password);
        }
        if self.is_fresh() {
            return Some(Proof::RecentSignIn);
        }
        fields.mistake("password", "is required, or a recent sign-in: sign out, sign in again and come back".to_owned())
    }

    /// Returns whether a proof is valid.
    pub(crate) async fn is_proven(
        self,
        proof: &Proof,
        action: AuditAction,
        request: &Request,
    ) -> Result<bool, PageError> {
        match proof {
            Proof::Password(password) => self.knows(password, action, request).await,
            Proof::RecentSignIn => Ok(true),
        }
    }

    /// The field for the proof, if there is something to type.
    pub(crate) fn proof_field(self, mistakes: &Mistakes, is_first: bool) -> Markup {
        let mistake = about_current_password(mistakes, "password");
        html! {
            @if self.user.password_hash.is_some() {
                (username(self.user))
                (Field {
                    name: "password", label: "Your password", kind: "password", autocomplete: "current-password",
                    mistake: mistake.as_deref(), is_first, ..Field::default()
                }.markup())
            } @else if !self.is_fresh() {
                p.warning { "You signed in a while ago. Sign out, sign in again, and come back within ten minutes." }
            }
        }
    }

    /// Checks that the user signed in a moment ago.
    ///
    /// # Errors
    ///
    /// A page that says what to do.
    pub(crate) fn ensure_recent_sign_in(self) -> Result<(), PageError> {
        if self.is_fresh() {
            return Ok(());
        }
        let message = "You signed in a while ago. Sign out, sign in again, and come back within ten minutes.";
        let error = PageError::new(StatusCode::FORBIDDEN, "recent_sign_in_required", "Please sign in again", message);
        Err(error.leading_to("Go to your account", ACCOUNT))
    }

    fn is_fresh(self) -> bool {
        self.session.is_recent_sign_in(self.browser.now)
    }

    /// A page as a response.
    pub(crate) fn page(self, page: MessagePage<'_>) -> Response {
        page.response(self.app, self.browser)
    }
}

/// The page for too many attempts of a signed-in user.
pub(crate) fn leading_back(error: Throttled) -> PageError {
    PageError::from(error).leading_to("Go to your account", ACCOUNT)
}
