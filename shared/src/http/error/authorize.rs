//! Errors of the authorization endpoint: a page until the redirect URI is known, and then a redirect (RFC 6749
//! §4.1.2.1).

use std::borrow::Cow;

use crate::domain::brand::Brand;
use crate::domain::input::refusal::Refusal;
use crate::domain::oauth::authorization_response::{Answer, ResponseMode, ReturnAddress};
use crate::domain::oauth::error::{OAuthCode, plain};
use crate::fault::{Cause, Fault};
use crate::http::error::page::PageError;
use crate::http::error::{Failure, error_uri};
use crate::http::page::{form_post, see_other, taken_on};
use crate::http::reply::Response;
use crate::http::request::Head;

/// An error of the authorization endpoint.
#[derive(Debug)]
pub enum AuthorizeError {
    /// A page: there is no redirect URI that can be trusted.
    Page(PageError),
    /// The error is returned to the client.
    Return(Box<Returned>),
}

/// An error that is returned to the client.
#[derive(Debug)]
pub struct Returned {
    /// Where the response goes.
    pub to: ReturnAddress,
    /// Our issuer.
    pub issuer: String,
    /// What went wrong, for programs.
    pub code: OAuthCode,
    /// What went wrong, for users.
    pub description: String,
    /// How the browser gets there.
    pub departure: Departure,
}

/// How a browser leaves our origin for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// By a redirect: the client's link came first, and no page of ours was shown since.
    Redirect,
    /// By a page that goes on by itself. A redirect behind a form would be followed only to the origins that the form's
    /// page allows, and a client's callback may go on to any other, or to a program (CSP Level 3 §6.4.1).
    Page,
}

/// Responds to the client at its redirect URI, in the response mode that it requested.
pub fn answer_client(
    brand: &Brand,
    to: &ReturnAddress,
    issuer: &str,
    answer: Answer<'_>,
    departure: Departure,
) -> Response {
    let answer = to.complete(answer, issuer);
    match (to.response_mode, departure) {
        (ResponseMode::Query, Departure::Redirect) => see_other(&to.with_query(&answer)),
        (ResponseMode::Query, Departure::Page) => {
            let host = to.host();
            taken_on(brand, host.as_deref().unwrap_or("the app"), &to.with_query(&answer))
        }
        (ResponseMode::FormPost, _) => form_post(brand, &to.redirect_uri, &answer),
    }
}

impl Returned {
    /// The parameters that the client gets.
    fn answer<'a>(&'a self, description: &'a str, uri: Option<&'a str>) -> Answer<'a> {
        let always = [("error", self.code.as_str()), ("error_description", description)];
        always.into_iter().chain(uri.map(|uri| ("error_uri", uri))).collect()
    }

    /// The redirect URI with the error, for a client that takes it in the query.
    pub fn address(&self) -> String {
        let description = plain(&self.description);
        self.to.with_query(&self.to.complete(self.answer(&description, None), &self.issuer))
    }
}

impl From<Returned> for AuthorizeError {
    fn from(error: Returned) -> Self {
        Self::Return(Box::new(error))
    }
}

impl From<PageError> for AuthorizeError {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<Refusal> for AuthorizeError {
    fn from(refusal: Refusal) -> Self {
        Self::Page(refusal.into())
    }
}

impl From<Fault> for AuthorizeError {
    fn from(fault: Fault) -> Self {
        Self::Page(fault.into())
    }
}

impl Failure for AuthorizeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Page(page) => page.code(),
            Self::Return(returned) => returned.code.as_str(),
        }
    }

    fn reason(&self) -> Cow<'_, str> {
        match self {
            Self::Page(page) => page.reason(),
            Self::Return(returned) => plain(&returned.description).into(),
        }
    }

    fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Page(page) => page.cause(),
            Self::Return(_) => None,
        }
    }

    fn into_response(self, head: &Head, brand: &Brand) -> Response {
        match self {
            Self::Page(page) => page.into_response(head, brand),
            Self::Return(error) => {
                let description = plain(&error.description);
                let uri = error_uri(head, error.code);
                let answer = error.answer(&description, uri.as_deref());
                answer_client(brand, &error.to, &error.issuer, answer, error.departure)
            }
        }
    }
}
