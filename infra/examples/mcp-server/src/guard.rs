//! What stands before the MCP endpoint: nothing gets past without a good token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, ORIGIN, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::caller::Caller;
use crate::challenge::Challenge;
use crate::settings::Settings;
use crate::token::{NotAccepted, Verifier};

/// What the guard has to know.
pub struct Guard {
    /// Where it stands.
    pub settings: Settings,
    /// Who tells good tokens from bad ones.
    pub verifier: Verifier,
}

/// Lets a request in, or answers it.
pub async fn guard(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    if !guard.is_at_home(request.headers()) {
        return (StatusCode::FORBIDDEN, "Pages of this origin may not call this server.").into_response();
    }
    let caller = match guard.caller(request.headers()).await {
        Ok(caller) => Arc::new(caller),
        Err(answer) => return answer,
    };
    request.headers_mut().remove(AUTHORIZATION);
    request.extensions_mut().insert(Arc::clone(&caller));
    let answer = next.run(request).await;
    // Which scopes a call needs is the tool's to say, and HTTP's to tell the client.
    match caller.refused() {
        Some(scopes) => Challenge::InsufficientScope(scopes).response(&guard.settings),
        None => answer,
    }
}

impl Guard {
    /// Whether no page sent a request, or one of this machine or this server did. Another could have been led here by DNS
    /// rebinding, and the MCP transport demands that it is refused; the SDK checks the `Host` in the same way.
    fn is_at_home(&self, headers: &HeaderMap) -> bool {
        headers.get_all(ORIGIN).iter().all(|origin| {
            let origin = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
            origin.is_some_and(|origin| origin.host_str().is_some_and(|host| self.settings.hosts().contains(&host)))
        })
    }

    async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Response> {
        let challenge = |challenge: Challenge| challenge.response(&self.settings);
        let token = bearer(headers).map_err(challenge)?;
        match self.verifier.verify(token).await {
            Ok(token) => Ok(Caller::new(token)),
            Err(NotAccepted::Invalid) => Err(challenge(Challenge::InvalidToken)),
            Err(NotAccepted::IssuerAway) => {
                Err((StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")], "The issuer does not answer.")
                    .into_response())
            }
        }
    }
}

/// The token in the `Authorization` header: there only, and only one.
fn bearer(headers: &HeaderMap) -> Result<&str, Challenge> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Challenge::NoToken)?;
    if values.next().is_some() {
        return Err(Challenge::InvalidToken);
    }
    let value = value.to_str().map_err(|_| Challenge::InvalidToken)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Challenge::NoToken) }
}
