//! This server's metadata (RFC 9728): by it, a client that knows only the URL finds the issuer.

use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde_json::json;

use crate::scope;
use crate::settings::Settings;

/// The document. It is public, so that a client in a page of any origin may read it.
pub fn document(settings: &Settings) -> impl IntoResponse + use<> {
    let document = json!({
        "resource": settings.resource(),
        "authorization_servers": [settings.issuer()],
        "scopes_supported": scope::SUPPORTED,
        "bearer_methods_supported": ["header"],
        "resource_name": "Driftwood's example MCP server",
    });
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=300"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, document.to_string())
}
