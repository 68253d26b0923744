//! Forms: one that was not shown by us, in this browser, to this user, for this purpose, is refused.

use async_recursion::async_recursion as boxed;
use lambda_http::http::header::ORIGIN;
use maud::{Markup, html};

use crate::app::App;
use crate::domain::crypto::base64url;
use crate::domain::crypto::mac_keys::{MacKeys, Purpose};
use crate::domain::crypto::random;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::session::id::SessionId;
use crate::fault::Fault;
use crate::http::error::page::PageError;
use crate::http::page::cookie::{Cookie, Cookies};
use crate::http::reply::Response;
use crate::http::request::Head;

/// The field that carries the token.
pub const FIELD: &str = "form_token";

/// What a form is for.
#[derive(Clone, Copy, Debug)]
pub struct FormUse<'a> {
    /// The page, and anything else that the form must not be reused for.
    pub purpose: &'a str,
    /// The session of the user who sees it, if one is signed in.
    pub session: Option<SessionId>,
}

/// The browser of a request, identified by a cookie that has no other purpose.
pub struct FormGuard {
    cookies: Cookies,
    browser: String,
    is_new: bool,
}

impl FormGuard {
    /// Recognises the browser, or gives it a cookie with the page.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the issuer is not known.
    #[boxed]
    pub async fn of(app: &App, head: &Head) -> Result<Self, Fault> {
        let cookies = Cookies::of(&app.keys.issuer(&app.stores.keys).await?);
        let known = cookies.read(head, Cookie::Browser).filter(|value| value.len() <= 64).map(str::to_owned);
        let is_new = known.is_none();
        let browser = known.unwrap_or_else(|| base64url::encode(&random::bytes::<16>()));
        Ok(Self { cookies, browser, is_new })
    }

    /// The browser's id as tables may store it: 128 random bits, hashed.
    pub fn browser(&self) -> SecretHash {
        SecretHash::of(self.browser.as_bytes())
    }

    /// The token for a form that is shown now.
    ///
    /// # Errors
    ///
    /// [`Fault`] when there is no MAC key.
    pub async fn token(&self, app: &App, form: FormUse<'_>) -> Result<String, Fault> {
        let keys = app.keys.mac().await?;
        let (message, mac) = keys.sign(Purpose::Form, app.clock.now(), |key| self.message(key, form))?;
        let key_id = message.get(..4).unwrap_or_default();
        Ok(base64url::encode(&[key_id, mac.as_ref()].concat()))
    }

    /// Marks the browser with the page that has the form.
    pub fn remember(&self, response: &mut Response) {
        if self.is_new {
            self.cookies.set(response, Cookie::Browser, &self.browser, None);
        }
    }

    /// Checks a form that came back: where the browser says it came from, and its token.
    ///
    /// # Errors
    ///
    /// A page with status 403, which leads on to `again` if that is given; and [`Fault`]s.
    pub async fn check(
        &self,
        app: &App,
        head: &Head,
        token: Option<&str>,
        form: FormUse<'_>,
        again: Option<String>,
    ) -> Result<(), PageError> {
        let issuer = app.keys.issuer(&app.stores.keys).await?;
        if is_from_elsewhere(head, &issuer) {
            return Err(PageError::foreign_form());
        }
        let keys = app.keys.mac().await?;
        let is_ours = !self.is_new && token.is_some_and(|token| self.verify(&keys, token, form));
        if is_ours { Ok(()) } else { Err(PageError::stale_form(again)) }
    }

    fn verify(&self, keys: &MacKeys, token: &str, form: FormUse<'_>) -> bool {
        let Some(bytes) = base64url::decode(token).filter(|_| token.len() <= 64) else {
            return false;
        };
        let Some((&key_id, mac)) = bytes.split_first_chunk::<4>() else { return false };
        keys.verify(Purpose::Form, key_id, &self.message(key_id, form), mac) == Some(true)
    }

    fn message(&self, key_id: [u8; 4], form: FormUse<'_>) -> Vec<u8> {
        let session = form.session.map(|session| session.to_string()).unwrap_or_default();
        let mut message = key_id.to_vec();
        for part in [self.browser.as_str(), form.purpose, &session] {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            message.extend((part.len() as u64).to_be_bytes());
            message.extend(part.as_bytes());
        }
        message
    }
}

/// The hidden fields of a form of ours: its token, and what it is about.
pub fn hidden(token: &str, about: &[(&str, &str)]) -> Markup {
    html! {
        input type="hidden" name=(FIELD) value=(token);
        @for (name, value) in about { input type="hidden" name=(name) value=(value); }
    }
}

/// Returns whether the form came from another site, as the browser reports it (Fetch Metadata); an old one sends at
/// least its origin, if it may.
fn is_from_elsewhere(head: &Head, issuer: &str) -> bool {
    match head.header("sec-fetch-site") {
        Some(site) => site != "same-origin",
        None => head.header(ORIGIN).is_some_and(|origin| origin != "null" && origin != issuer),
    }
}
