//! Which apps a caller may make, manage and give access: a token with scopes gives no more than it has.

use super::Caller;
use crate::domain::client::Client;
use crate::domain::oauth::scope::ScopeSet;
use crate::http::error::api::{ApiCode, ApiError};

impl Caller {
    /// Checks that an app with these scopes may do no more than the caller: a caller with scopes can delegate those and
    /// no others, and no scopes at all would be everything.
    ///
    /// # Errors
    ///
    /// `403 forbidden` only.
    pub fn ensure_can_delegate(&self, scopes: &ScopeSet) -> Result<(), ApiError> {
        match self.scopes() {
            Some(own) if scopes.is_empty() || !scopes.is_subset(own) => {
                let message = "A token with scopes can give an app those scopes and no others";
                Err(ApiError::new(ApiCode::Forbidden, message))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the caller may manage an app: a caller with scopes manages those that it made, and those whose scopes
    /// are within its own.
    ///
    /// # Errors
    ///
    /// `403 forbidden` only.
    pub fn ensure_can_manage(&self, app: &Client) -> Result<(), ApiError> {
        let Some(own) = self.scopes() else { return Ok(()) };
        let scopes = &app.metadata.scopes;
        if self.made(app) || (!scopes.is_empty() && scopes.is_subset(own)) {
            return Ok(());
        }
        let message = "A token with scopes manages apps that its app made or whose scopes are within its own";
        Err(ApiError::new(ApiCode::Forbidden, message))
    }

    /// Checks that the caller may give an app access that outlives the request: a secret, keys, redirect URIs. An app
    /// that acts for a user does so only for apps that it made with their consent, because those fall with it.
    ///
    /// # Errors
    ///
    /// `403 forbidden` only.
    pub fn ensure_can_give_access(&self, app: &Client) -> Result<(), ApiError> {
        match self {
            Self::Delegate(_) if !self.made(app) => {
                let message = "An app that acts for a user gives secrets and access only to apps that it made";
                Err(ApiError::new(ApiCode::Forbidden, message))
            }
            _ => self.ensure_can_delegate(&app.metadata.scopes),
        }
    }

    fn made(&self, app: &Client) -> bool {
        self.actor().as_maker().is_some_and(|maker| app.made_by.as_ref() == Some(&maker))
    }
}
