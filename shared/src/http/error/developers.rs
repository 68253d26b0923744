//! What an error page says to the developer of an app, in a fold below what it says to the user.

use std::borrow::Cow;

use maud::{Markup, html};

use crate::domain::client::Client;
use crate::domain::oauth::error::OAuthCode;
use crate::domain::oauth::redirect_uri::RedirectUri;
use crate::domain::oauth::redirect_uri_difference::difference;
use crate::domain::user::User;
use crate::paths::ERRORS;

/// The longest value that is shown, in characters.
const LONGEST: usize = 300;

/// What an error page says to the developer of an app. Every user whom the app sends here can read it, so it has what the
/// address of the page has anyway; what is registered is for users whose account owns the app.
#[derive(Debug)]
pub struct ForDevelopers {
    /// The code that explains it.
    code: OAuthCode,
    /// What is wrong.
    pub(super) finding: Cow<'static, str>,
    /// The parameters that were received and that matter.
    received: Vec<(&'static str, String)>,
    /// What is registered in place of it, and how it differs. Only for the account that owns the app.
    registered: Vec<(String, Option<String>)>,
    /// What else helps.
    hint: Option<&'static str>,
}

impl ForDevelopers {
    /// What is wrong, and nothing else.
    pub fn new(code: OAuthCode, finding: impl Into<Cow<'static, str>>) -> Self {
        Self { code, finding: finding.into(), received: Vec::new(), registered: Vec::new(), hint: None }
    }

    /// The same with a parameter as it was received, if it was.
    pub fn received(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.received.extend(value.map(|value| (name, value.chars().take(LONGEST).collect())));
        self
    }

    /// The same with what an app registered in place of the URI that was received, if the user at the page is one of the
    /// account that owns it.
    pub fn compared(
        mut self,
        received: Option<&str>,
        registered: &[RedirectUri],
        app: &Client,
        user: Option<&User>,
    ) -> Self {
        if app.is_of_account_of(user) {
            let compared =
                |uri: &RedirectUri| (uri.as_str().to_owned(), received.map(|it| difference(it, uri.as_str())));
            self.registered = registered.iter().map(compared).collect();
        } else if app.owner.is_some() {
            self.hint = Some(
                "Sign in to the account that owns the app, and reload this page to compare it with what is registered.",
            );
        }
        self
    }

    /// The fold.
    pub(super) fn markup(&self) -> Markup {
        let code = self.code.as_str();
        html! {
            details.developers {
                summary { "For developers" }
                p { (self.finding) "." }
                @for (name, value) in &self.received {
                    p { "Received as " code { (name) } ":" br; code { (value) } }
                }
                @for (value, difference) in &self.registered {
                    p {
                        "Registered"
                        @if let Some(difference) = difference { ", and what was received " (difference) }
                        ":" br;
                        code { (value) }
                    }
                }
                @if let Some(hint) = self.hint { p { (hint) } }
                p { a href={ (ERRORS) "#" (code) } { "What " (code) " means" } }
            }
        }
    }
}
