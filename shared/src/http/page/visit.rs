//! A browser at one of our pages: which authorization the page is about, and which user is signed in.

use async_recursion::async_recursion as boxed;
use lambda_http::http::StatusCode;
use maud::Markup;

use crate::app::App;
use crate::domain::authorization::consent::Consent;
use crate::domain::authorization::{AuthorizationId, PendingAuthorization, ResponseTarget};
use crate::domain::client::Client;
use crate::domain::input::fields::Fields;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::http::error::authorize::AuthorizeError;
use crate::http::error::page::PageError;
use crate::http::page::browser_context::BrowserContext;
use crate::http::page::form_guard::hidden;
use crate::http::{Head, Request, Response};
use crate::paths::{ACCOUNT, AUTHORIZE_AGAIN, AUTHORIZE_CONTINUE, DEVICE};
use crate::store::Load;

/// A browser at one of our pages.
pub struct Visit {
    /// The browser, its signed-in user, and everything that was loaded for the authorization.
    pub browser: BrowserContext,
    pending: Option<PendingAuthorization>,
}

impl Visit {
    /// Reads the authorization that the field `authorization` names, if it is present, and everything that it depends
    /// on: one read and one batch.
    ///
    /// # Errors
    ///
    /// A page, when there is no such pending authorization, or the tables cannot be read.
    #[boxed]
    pub async fn of(app: &App, request: &Request, fields: &Fields) -> Result<Self, AuthorizeError> {
        let id = fields.text("authorization").ok().flatten();
        let id = id.map(|id| AuthorizationId::parse(id).ok_or_else(gone)).transpose()?;
        Self::about(app, &request.head, id).await
    }

    /// The same about the authorization with this id, or about none.
    ///
    /// # Errors
    ///
    /// As [`Visit::of`].
    #[boxed]
    pub async fn about(app: &App, head: &Head, id: Option<AuthorizationId>) -> Result<Self, AuthorizeError> {
        let now = app.clock.now();
        let pending = match id {
            None => None,
            Some(id) => Some(app.stores.authorizations.find(id).await?.ok_or_else(gone)?),
        };
        if let Some(pending) = &pending
            && !pending.is_open(now)
        {
            let is_late = pending.answered_at.is_none();
            return Err(if is_late { too_late(pending) } else { already_answered() }.into());
        }
        let client = pending.as_ref().map(|pending| pending.request.client_id.clone());
        let load = Load { client, consent: true, ..Load::default() };
        Ok(Self { browser: BrowserContext::read(app, head, load).await?, pending })
    }

    /// The authorization that the page is about.
    ///
    /// # Errors
    ///
    /// A page, when it is about none.
    pub fn pending(&self) -> Result<&PendingAuthorization, PageError> {
        self.pending.as_ref().ok_or_else(gone)
    }

    /// The same, where a page can do without.
    pub const fn maybe_pending(&self) -> Option<&PendingAuthorization> {
        self.pending.as_ref()
    }

    /// The app that sent the request, if it is valid and may still request this.
    ///
    /// # Errors
    ///
    /// A page, when there is none.
    pub fn client(&self, app: &App) -> Result<&Client, PageError> {
        let asked = self.maybe_pending().map(|pending| &pending.request);
        let may_ask = |client: &&Client| asked.is_none_or(|asked| asked.is_allowed_to(client, &app.config.scopes));
        let (loaded, now) = (&self.browser.loaded, self.browser.now);
        loaded.live_client(now).filter(may_ask).ok_or_else(|| match &loaded.client {
            Some(client) if !client.is_gone(now) => {
                PageError::bad_request("The app that sent you here was changed or disabled in the meantime.")
            }
            _ => PageError::deleted_client(),
        })
    }

    /// The user who is signed in here, and their session.
    pub fn signed_in(&self) -> Option<(&Session, &User)> {
        self.browser.signed_in()
    }

    /// The consent that they gave before.
    pub const fn consent(&self) -> Option<&Consent> {
        self.browser.loaded.consent.as_ref()
    }

    /// Where the browser continues with the authorization.
    pub fn way_on(&self) -> Option<String> {
        self.pending.as_ref().map(|pending| format!("{AUTHORIZE_CONTINUE}?authorization={}", pending.id))
    }

    /// What a form is for: its page, and the authorization that it is about.
    pub fn purpose(&self, page: &str) -> String {
        format!("{page} {}", self.id().unwrap_or_default())
    }

    /// The hidden fields of the page's forms.
    pub fn hidden(&self, token: &str) -> Markup {
        let id = self.id();
        let about: Vec<(&str, &str)> = id.as_deref().map(|id| ("authorization", id)).into_iter().collect();
        hidden(token, &about)
    }

    /// The address of another page about the same.
    pub fn link_to(&self, path: &str) -> String {
        self.id().map_or_else(|| path.to_owned(), |id| format!("{path}?authorization={id}"))
    }

    /// The same with something more to say.
    pub fn link_with(&self, path: &str, name: &str, value: &str) -> String {
        let link = self.link_to(path);
        let joint = if link.contains('?') { '&' } else { '?' };
        format!("{link}{joint}{name}={value}")
    }

    /// The page as a response.
    pub fn page(&self, app: &App, status: StatusCode, title: &str, content: Markup) -> Response {
        self.browser.page(app, status, title, content)
    }

    fn id(&self) -> Option<String> {
        self.pending.as_ref().map(|pending| pending.id.to_string())
    }
}

/// The page for a request that was answered before: in another tab, by a second click or the back button.
pub fn already_answered() -> PageError {
    let message = "This request was answered already, here or in another tab. If the app is still waiting, go back to it and start again.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "already_answered", "You have already answered", message);
    error.leading_to("Go to your account", ACCOUNT)
}

fn too_late(pending: &PendingAuthorization) -> PageError {
    let message = "You were away for too long, so nothing was done.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "too_late", "This took too long", message);
    let again = match pending.request.response_target {
        ResponseTarget::Client(_) => format!("{AUTHORIZE_AGAIN}?authorization={}", pending.id),
        // The code of the device has expired, too.
        ResponseTarget::Device(_) => DEVICE.to_owned(),
    };
    error.leading_to("Start again", again)
}

/// The page for an authorization of which nothing is stored.
pub fn gone() -> PageError {
    let message = "We no longer know what you were about to do. Please go back to the app and start again.";
    let error = PageError::new(StatusCode::BAD_REQUEST, "unknown_authorization", "This link is too old", message);
    error.leading_to("Go to your account", ACCOUNT)
}
