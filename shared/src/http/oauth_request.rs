//! Requests to OAuth endpoints: parameters in the body, each of them a string (RFC 6749 §3.2).

use super::request::Request;
use crate::domain::input::fields::Fields;
use crate::domain::oauth::error::OAuthError;

impl Request {
    /// Refuses parameters in the query, where logs would store them: they must be in the body (RFC 6749 §3.2).
    ///
    /// # Errors
    ///
    /// `invalid_request` when there is a query.
    pub fn refuse_query(&self) -> Result<(), OAuthError> {
        if self.has_query() {
            return Err(OAuthError::invalid_request("Parameters must be in the body, not in the query"));
        }
        Ok(())
    }

    /// Reads the JSON object of a request, which has to be there.
    ///
    /// # Errors
    ///
    /// `invalid_request` for a body that is no JSON object, 415 for one of another type.
    pub fn json_object(&self) -> Result<Fields, OAuthError> {
        if self.is_empty() {
            return Err(OAuthError::invalid_request("The body must be a JSON object"));
        }
        Ok(self.json()?)
    }

    /// Reads the form of a request that a client sends.
    ///
    /// # Errors
    ///
    /// `invalid_request` for parameters in the query and for a body that is no form.
    pub fn parameters(&self) -> Result<Fields, OAuthError> {
        self.refuse_query()?;
        Ok(self.form()?)
    }
}

impl Fields {
    /// A parameter that may be absent.
    ///
    /// # Errors
    ///
    /// `invalid_request` when it is not a string.
    pub fn parameter(&self, name: &'static str) -> Result<Option<&str>, OAuthError> {
        self.text(name).map_err(|name| OAuthError::invalid_request(format!("{name} must be a string")))
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    ///
    /// `invalid_request` when it is missing or not a string.
    pub fn required_parameter(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.parameter(name)?.ok_or_else(|| OAuthError::missing(name))
    }
}
