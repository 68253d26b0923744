//! A browser at one of our pages, and the user who is signed in there.

use async_recursion::async_recursion as boxed;
use lambda_http::http::StatusCode;
use maud::Markup;

use crate::app::App;
use crate::domain::session::Session;
use crate::domain::session::browser_token::BrowserToken;
use crate::domain::session::known_browser::KnownBrowser;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::http::page::Page;
use crate::http::page::cookie::Cookies;
use crate::http::page::form_guard::FormGuard;
use crate::http::{Head, Response};
use crate::store::{Load, Loaded};

/// A browser at one of our pages.
pub struct BrowserContext {
    /// Our issuer.
    pub issuer: String,
    /// When the request came.
    pub now: Timestamp,
    /// The browser itself.
    pub guard: FormGuard,
    /// The browser as it is known after a sign-in: a new one where no user signed in yet.
    pub known: KnownBrowser,
    /// The user and the session that its cookie names, and everything else that was loaded.
    pub loaded: Loaded,
    token: Option<BrowserToken>,
}

impl BrowserContext {
    /// Reads the signed-in user together with the rest of `load`: one batch.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    #[boxed]
    pub async fn read(app: &App, head: &Head, load: Load) -> Result<Self, Fault> {
        let issuer = app.keys.issuer(&app.stores.keys).await?;
        let cookies = Cookies::of(&issuer);
        let token = cookies.browser_token(head);
        let known = cookies.known_browser(head).unwrap_or_else(KnownBrowser::generate);
        let load = Load {
            user: token.as_ref().map(|token| token.user_id),
            session: token.as_ref().map(|token| token.session_id),
            ..load
        };
        let loaded = app.load(load).await?;
        let guard = FormGuard::of(app, head).await?;
        Ok(Self { issuer, now: app.clock.now(), guard, known, loaded, token })
    }

    /// The user who is signed in here, and their session.
    pub fn signed_in(&self) -> Option<(&Session, &User)> {
        let live = self.loaded.live_session(self.now);
        live.filter(|(session, _)| self.token.as_ref().is_some_and(|token| token.opens(session)))
    }

    /// A page as a response, which marks the browser so that the page's forms are valid in it.
    pub fn page(&self, app: &App, status: StatusCode, title: &str, content: Markup) -> Response {
        // What is read out first should say that something went wrong.
        let title = if status.is_success() { title.to_owned() } else { format!("Error: {title}") };
        let page = Page { status, title: &title, content, is_wide: false };
        let mut response = page.response(&app.config.brand);
        self.guard.remember(&mut response);
        response
    }
}
