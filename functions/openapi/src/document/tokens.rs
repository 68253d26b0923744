//! The token, introspection, revocation and userinfo endpoints.

use serde_json::json;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::scope::Scope;
use shared::paths::{INTROSPECT, REVOKE, TOKEN, TOKEN_REFRESH, USERINFO};

use super::area::Area;
use super::oauth::{about_client, form};
use crate::model::{
    Caller, Dialect, Field, Operation, Schema, any_of, constant, email, field, flag, get, integer, list, object,
    one_of, optional, post, string, uuid,
};

pub(super) fn area() -> Area {
    Area {
        name: "Tokens",
        about: "OAuth clients get, introspect and revoke tokens.",
        operations: vec![token(), refresh(), token_in_json(), introspect(), revoke(), userinfo(), userinfo_by_post()],
    }
}

/// The errors of the token endpoint, beside those of every endpoint for clients.
const TOKEN_REFUSALS: [OAuthCode; 10] = [
    OAuthCode::InvalidGrant,
    OAuthCode::AccessDenied,
    OAuthCode::UnauthorizedClient,
    OAuthCode::UnsupportedGrantType,
    OAuthCode::InvalidScope,
    OAuthCode::InvalidTarget,
    OAuthCode::AuthorizationPending,
    OAuthCode::SlowDown,
    OAuthCode::ExpiredToken,
    OAuthCode::TooManyRequests,
];

fn token() -> Operation {
    post(TOKEN, "oauth-token", "Get tokens", Dialect::OAuth)
        .also_at("/api/v1/auth/token", "oauth-token-v1")
        .about("The token endpoint (RFC 6749 §3.2) issues an access token for a code, a refresh token, a device code or the client itself.")
        .by(Caller::Client)
        .takes_form(object([grant_type()]).and(parameters()).and(about_client()))
        .example(json!({"grant_type": "client_credentials"}))
        .gives_json(issued("Bearer"), "The tokens.")
        .refuses(TOKEN_REFUSALS)
}

fn refresh() -> Operation {
    let implied = optional("grant_type", one_of([GrantType::RefreshToken.as_str()]));
    let token = field("refresh_token", string());
    post(TOKEN_REFRESH, "oauth-token-refresh", "Refresh tokens", Dialect::OAuth)
        .about("The token endpoint with grant_type=refresh_token implied.")
        .by(Caller::Client)
        .takes_form(object([token, implied, optional("scope", string()), resource()]).and(about_client()))
        .example(json!({"refresh_token": "dw_rt_…"}))
        .gives_json(issued("Bearer"), "The tokens.")
        .refuses(TOKEN_REFUSALS)
}

/// The same in the JSON API, which accepts both dialects.
fn token_in_json() -> Operation {
    let body = || object([grant_type()]).and(parameters()).and(about_client());
    let example = json!({"grant_type": "client_credentials", "client_id": "dw_ci_…", "client_secret": "dw_cs_…"});
    post("/api/oauth-token", "oauth-token-json", "Get tokens, in JSON", Dialect::EnvelopeOrOAuth)
        .about("The token endpoint for JSON: the response to a JSON body is in the envelope, the response to a form as at the other paths.")
        .by(Caller::Client)
        .takes(body())
        .example(example)
        .takes_form(body())
        .gives_either(issued("bearer"), issued("Bearer"), "The tokens.")
        .refuses(TOKEN_REFUSALS)
}

fn grant_type() -> Field {
    field("grant_type", one_of(GrantType::ALL.map(GrantType::as_str)))
}

fn resource() -> Field {
    optional("resource", string().with("format", "uri")).about("The API for which the access token is (RFC 8707)")
}

fn parameters() -> [Field; 7] {
    [
        optional("scope", string())
            .about("With client_credentials and refresh_token: the requested scopes, separated by spaces"),
        optional("code", string()).about("With authorization_code"),
        optional("redirect_uri", string())
            .about("With authorization_code: the redirect_uri of the authorization request"),
        optional("code_verifier", string())
            .about("With authorization_code: the verifier of the code_challenge (RFC 7636)"),
        optional("refresh_token", string()).about("With refresh_token"),
        optional("device_code", string()).about("With the device grant (RFC 8628)"),
        resource(),
    ]
}

/// The tokens; each dialect has its own spelling of `token_type`.
fn issued(token_type: &'static str) -> Schema {
    object([
        field("access_token", string()).about("A JWT (RFC 9068)"),
        field("token_type", constant(token_type)),
        field("expires_in", integer().with("minimum", 1)).about("The lifetime of the access token, in seconds"),
        optional("refresh_token", string()),
        optional("id_token", string()).about("With the scope openid"),
        optional("scope", string()).about("The scopes of the access token"),
        optional("orgId", uuid()).about("The user's account, if a user consented to the app"),
    ])
}

fn introspect() -> Operation {
    let active = object([
        field("active", constant(true)),
        optional("scope", string()),
        field("client_id", string()),
        optional("token_type", constant("Bearer")),
        field("exp", integer()),
        field("iat", integer()),
        field("sub", string()),
        optional("aud", string()),
        field("iss", string()),
        optional("jti", uuid()),
    ]);
    let inactive = object([field("active", constant(false))]);
    post(INTROSPECT, "oauth-introspect", "Introspect a token", Dialect::OAuth)
        .about("Token introspection (RFC 7662), for the client to which a token was issued and for the API for which it is.")
        .by(Caller::ConfidentialClient)
        .takes_form(form(field("token", string())).and(about_client()))
        .example(json!({"token": "eyJ…"}))
        .gives_json(any_of([active, inactive]), "The token's state; details only if it is active and the client may introspect it.")
        .refuses([OAuthCode::TooManyRequests])
}

fn revoke() -> Operation {
    post(REVOKE, "oauth-revoke", "Revoke a token", Dialect::OAuth)
        .about("Token revocation (RFC 7009): a refresh token is revoked with its session and all of its tokens, an access token alone.")
        .by(Caller::Client)
        .takes_form(form(field("token", string())).and(about_client()))
        .example(json!({"token": "dw_rt_…"}))
        .gives_json(object([]), "The token is revoked, or was not valid.")
        .refuses([OAuthCode::TooManyRequests])
}

fn userinfo() -> Operation {
    about_user(get(USERINFO, "oauth-userinfo", "Read the claims about a user", Dialect::OAuth))
}

fn userinfo_by_post() -> Operation {
    let token = optional("access_token", string()).about("Instead of the header (RFC 6750 §2.2)");
    let operation = post(USERINFO, "oauth-userinfo-post", "Read the claims about a user with a form", Dialect::OAuth);
    about_user(operation.takes_form(object([token])))
}

fn about_user(operation: Operation) -> Operation {
    let user = object([
        field("sub", uuid()),
        optional("name", string()),
        optional("preferred_username", string()),
        optional("locale", string()),
        optional("email", email()),
        optional("email_verified", flag()),
        optional("groups", list(string())).about("The roles that the user has in their account"),
    ]);
    operation
        .about("Returns claims about a user who consented to the client (OpenID Connect Core §5.3).")
        .by(Caller::Delegate(Scope::OPENID))
        .gives_json(user, "The claims that the token's scopes allow.")
        .refuses([OAuthCode::AccessForbidden])
}
