//! Whoever is signed in, at one of their pages.

use maud::Markup;
use shared::app::App;
use shared::audit::AuditAction;
use shared::http::page_error::PageError;
use shared::http::{Fields, Request, Response};
use shared::password::Password;
use shared::password_change;
use shared::paths::ACCOUNT;
use shared::session::Session;
use shared::throttle::Throttled;
use shared::user::User;

use crate::visit::{Purpose, Sheet, Visit, throttled};

/// Whoever is signed in, at one of their pages.
#[derive(Clone, Copy)]
pub(crate) struct Somebody<'s> {
    pub(crate) app: &'s App,
    pub(crate) visit: &'s Visit,
    pub(crate) session: &'s Session,
    pub(crate) user: &'s User,
    /// The page's path, which its forms are for.
    pub(crate) path: &'s str,
}

impl Somebody<'_> {
    /// Checks that the page's form was shown to them, here.
    pub(crate) async fn check(self, request: &Request, fields: &Fields) -> Result<(), PageError> {
        self.visit.check(self.app, request, fields, Purpose::of(self.path, self.session)).await
    }

    /// The hidden fields of the page's forms.
    pub(crate) async fn hidden(self) -> Result<Markup, PageError> {
        self.hidden_for(self.path).await
    }

    /// The hidden fields of a form that another page takes.
    pub(crate) async fn hidden_for(self, path: &str) -> Result<Markup, PageError> {
        self.visit.hidden(self.app, Purpose::of(path, self.session), &[]).await
    }

    /// Says whether this is their password, which something asks for once more.
    pub(crate) async fn knows(
        self,
        password: &Password,
        action: AuditAction,
        request: &Request,
    ) -> Result<bool, PageError> {
        let confirmed = password_change::confirm(self.app, self.user, password, action, request, self.visit.now);
        confirmed.await.map_err(leading_back)
    }

    /// A page as an answer.
    pub(crate) fn page(self, sheet: Sheet<'_>) -> Response {
        self.visit.page(self.app, sheet)
    }
}

/// The page for too many attempts of whoever is signed in.
pub(crate) fn leading_back(error: Throttled) -> PageError {
    throttled(error).leading_to("Go to your account", ACCOUNT)
}
