//! Whoever is signed in, at one of their pages.

use std::time::Duration;

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

use crate::message_page::{MessagePage, Purpose, about_their_password, username};

/// How long a sign-in stands for the password of somebody who has none.
const MOMENT: Duration = Duration::from_secs(600);

/// What shows once more that it is really them.
pub(crate) enum Proof {
    /// Their password.
    Password(Password),
    /// They have no password, and signed in a moment ago.
    RecentSignIn,
}

/// Whoever is signed in, at one of their pages.
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
    /// Checks that the page's form was shown to them, here.
    pub(crate) async fn check(self, request: &Request, fields: &Fields) -> Result<(), PageError> {
        Purpose::of(self.path, self.session).check(self.app, self.browser, request, fields).await
    }

    /// The hidden fields of the page's forms.
    pub(crate) async fn hidden(self) -> Result<Markup, PageError> {
        self.hidden_for(self.path).await
    }

    /// The hidden fields of a form that another page takes.
    pub(crate) async fn hidden_for(self, path: &str) -> Result<Markup, PageError> {
        Purpose::of(path, self.session).hidden(self.app, self.browser, &[]).await
    }

    /// Says whether this is their password, which something asks for once more.
    pub(crate) async fn knows(
        self,
        password: &Password,
        action: AuditAction,
        request: &Request,
    ) -> Result<bool, PageError> {
        let confirmed = change::confirm(self.app, self.user, password, action, request, self.browser.now);
        confirmed.await.map_err(leading_back)
    }

    /// Reads what shows once more that it is them: their password, or for somebody without one a sign-in a moment ago.
    pub(crate) fn proof(self, fields: &mut Fields) -> Option<Proof> {
        if self.user.password_hash.is_some() {
            return fields.required("password", Password::parse).map(Proof::Password);
        }
        if self.is_fresh() {
            return Some(Proof::RecentSignIn);
        }
        fields.mistake(
            "password",
            "is needed, or a sign-in a moment ago: sign out, sign in again and come back".to_owned(),
        )
    }

    /// Says whether a proof is good.
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
        let mistake = about_their_password(mistakes, "password");
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

    fn is_fresh(self) -> bool {
        self.browser.now < self.session.created_at.after(MOMENT)
    }

    /// A page as an answer.
    pub(crate) fn page(self, page: MessagePage<'_>) -> Response {
        page.response(self.app, self.browser)
    }
}

/// The page for too many attempts of whoever is signed in.
pub(crate) fn leading_back(error: Throttled) -> PageError {
    PageError::from(error).leading_to("Go to your account", ACCOUNT)
}
