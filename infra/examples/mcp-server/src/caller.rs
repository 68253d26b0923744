//! Who calls a tool, and whether they may.

use std::sync::{Arc, OnceLock};

use axum::http::request::Parts;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use crate::token::AccessToken;

/// Who sent a request. The token itself stays behind: a tool could pass it on, and no other server may get it.
pub struct Caller {
    /// What the token says.
    pub token: AccessToken,
    refused: OnceLock<&'static [&'static str]>,
}

impl Caller {
    /// Who brought this token.
    pub fn new(token: AccessToken) -> Self {
        Self { token, refused: OnceLock::new() }
    }

    /// Finds who called a tool, if they may use what has these scopes.
    ///
    /// # Errors
    ///
    /// What MCP says about it. HTTP says it too: see [`Caller::refused`].
    pub fn permitted(
        context: &RequestContext<RoleServer>,
        needed: &'static [&'static str],
    ) -> Result<Arc<Self>, ErrorData> {
        let parts = context.extensions.get::<Parts>();
        let caller = parts
            .and_then(|parts| parts.extensions.get::<Arc<Self>>())
            .ok_or_else(|| ErrorData::internal_error("The request came past the guard", None))?;
        let has = |scope: &&str| caller.token.scope.split(' ').any(|granted| granted == *scope);
        if !needed.iter().all(has) {
            // Only the first refusal counts, and a request calls one tool.
            _ = caller.refused.set(needed);
            return Err(ErrorData::invalid_request("insufficient_scope", None));
        }
        Ok(Arc::clone(caller))
    }

    /// If a tool refused: the scopes that the token has and those that the tool needs.
    pub fn refused(&self) -> Option<String> {
        let needed = self.refused.get()?;
        let mut scopes: Vec<&str> = self.token.scope.split_whitespace().collect();
        scopes.extend(needed.iter().filter(|scope| !self.token.scope.split(' ').any(|has| has == **scope)));
        Some(scopes.join(" "))
    }
}
