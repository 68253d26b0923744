//! Paths that more than one place names; the routes themselves stand in `template.yaml`.

/// The token endpoint.
pub const TOKEN: &str = "/oauth2/token";
/// The JWKS.
pub const JWKS: &str = "/.well-known/jwks.json";
/// Authorization server metadata (RFC 8414 §3).
pub const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
/// OpenID Provider metadata (OpenID Connect Discovery §4).
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// Protected resource metadata (RFC 9728 §3).
pub const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
