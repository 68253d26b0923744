//! What an error page says to the developer of an app, in a fold below what it says to the user.

use std::borrow::Cow;

use maud::{Markup, html};

use crate::domain::oauth::error::OAuthCode;
use crate::paths::ERRORS;

/// The longest value that is shown, in characters.
const LONGEST: usize = 300;

/// What an error page says to the developer of an app. Everybody whom the app sends here can read it, so it has what the
/// address of the page has anyway; what is registered is for users whose account owns the app.
#[derive(Debug)]
pub struct ForDevelopers {
    /// The code that explains it.
    pub code: OAuthCode,
    /// What is wrong.
    pub finding: Cow<'static, str>,
    /// The parameters that were received and that matter.
    pub received: Vec<(&'static str, String)>,
    /// What is registered in place of it, and how it differs. Only for the account that owns the app.
    pub registered: Vec<(String, Option<String>)>,
    /// What else helps.
    pub hint: Option<&'static str>,
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
