//! Why a request is denied.

use crate::app::App;
use crate::domain::oauth::error::{OAuthCode, OAuthError};
use crate::domain::oauth::scope::ScopeSet;
use crate::fault::Fault;
use crate::http::error::api::{ApiCode, ApiError};
use crate::paths::PROTECTED_RESOURCE;

/// Why a request is denied, with the `WWW-Authenticate` challenge (RFC 6750 §3); each dialect has its own form.
#[derive(Debug)]
pub struct Denial {
    reason: Reason,
    challenge: String,
}

#[derive(Clone, Debug)]
pub(super) enum Reason {
    NoToken,
    InvalidToken,
    InsufficientScope {
        missing: &'static str,
        /// What the token has, and what is missing.
        together: ScopeSet,
    },
}

impl Denial {
    /// Builds the denial as an error of a dialect; it leads to our metadata (RFC 9728 §5.1).
    pub(super) async fn of<E: From<Self> + From<Fault>>(app: &App, reason: Reason) -> E {
        let error = match &reason {
            // RFC 6750 §3.1: without credentials there is no error code in the challenge.
            Reason::NoToken => String::new(),
            Reason::InvalidToken => "error=\"invalid_token\", ".to_owned(),
            // Older MCP clients request exactly these scopes next, so one alone would cost them those that they have.
            Reason::InsufficientScope { together, .. } => {
                format!("error=\"insufficient_scope\", scope=\"{together}\", ")
            }
        };
        match app.keys.issuer(&app.stores.keys).await {
            Ok(issuer) => {
                let metadata = format!("resource_metadata=\"{issuer}{PROTECTED_RESOURCE}\"");
                Self { reason, challenge: format!("Bearer realm=\"driftwood\", {error}{metadata}") }.into()
            }
            Err(fault) => fault.into(),
        }
    }

    fn message(&self) -> String {
        match &self.reason {
            Reason::NoToken => "This endpoint needs an access token: Authorization: Bearer ...".to_owned(),
            Reason::InvalidToken => "The access token is expired, revoked or unknown".to_owned(),
            Reason::InsufficientScope { missing, .. } => format!("The access token lacks the scope {missing}"),
        }
    }
}

impl From<Denial> for ApiError {
    fn from(denial: Denial) -> Self {
        let code = match denial.reason {
            Reason::NoToken => ApiCode::Unauthorized,
            Reason::InvalidToken => ApiCode::InvalidToken,
            Reason::InsufficientScope { .. } => ApiCode::InsufficientScope,
        };
        Self::new(code, denial.message()).with_challenge(denial.challenge)
    }
}

impl From<Denial> for OAuthError {
    fn from(denial: Denial) -> Self {
        let code = match denial.reason {
            Reason::NoToken | Reason::InvalidToken => OAuthCode::InvalidToken,
            Reason::InsufficientScope { .. } => OAuthCode::InsufficientScope,
        };
        let error = Self::new(code, denial.message());
        Self { challenge: Some(denial.challenge), ..error }
    }
}
