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
use crate::http::page::{form_post, see_other};
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
}

/// Responds to the client at its redirect URI, in the response mode that it requested.
pub fn answer_client(brand: &Brand, to: &ReturnAddress, issuer: &str, answer: Answer<'_>) -> Response {
    let answer = to.complete(answer, issuer);
    match to.response_mode {
        ResponseMode::Query => see_other(&to.with_query(&answer)),
        ResponseMode::FormPost => form_post(brand, &to.redirect_uri, &to.csp_source().unwrap_or_default(), &answer),
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
                let mut answer = vec![("error", error.code.as_str()), ("error_description", description.as_str())];
                answer.extend(uri.as_deref().map(|uri| ("error_uri", uri)));
                answer_client(brand, &error.to, &error.issuer, answer)
            }
        }
    }
}
