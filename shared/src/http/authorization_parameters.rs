//! The parameters of an authorization request, with duplicates: where a duplicate is reported depends on the parameter.

use lambda_http::http::Method;

use super::request::Request;
use crate::domain::client::id::ClientId;
use crate::domain::input::form;
use crate::domain::input::refusal::Refusal;

/// All parameters, in their order.
pub struct AuthorizationParameters(Vec<(String, String)>);

/// A parameter that is duplicated.
pub struct Repeated(pub &'static str);

impl AuthorizationParameters {
    /// Reads the query, or the form of a `POST`.
    ///
    /// # Errors
    ///
    /// [`Refusal`] when it cannot be read.
    pub fn read(request: &Request) -> Result<Self, Refusal> {
        let encoded =
            if request.head.method == Method::POST { request.raw_form()? } else { request.query().as_bytes() };
        let pairs = form::pairs(encoded);
        pairs.map(Self).map_err(|mistake| mistake.refusal("The address is not properly encoded."))
    }

    /// A parameter that may be absent; one without a value counts as absent (RFC 6749 §3.1).
    ///
    /// # Errors
    ///
    /// [`Repeated`] when it is duplicated.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, Repeated> {
        let mut values = self.all(name);
        let value = values.next();
        if values.next().is_some() { Err(Repeated(name)) } else { Ok(value.filter(|value| !value.is_empty())) }
    }

    /// Every value of a parameter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The client id, if it is well-formed.
    pub fn client_id(&self) -> Option<ClientId> {
        ClientId::parse(self.one("client_id").ok()??)
    }
}
