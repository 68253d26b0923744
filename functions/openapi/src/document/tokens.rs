//! Where OAuth clients get tokens, ask about them and end them.

use serde_json::json;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::scope::Scope;
use shared::paths::{INTROSPECT, REVOKE, TOKEN, TOKEN_REFRESH, USERINFO};

use super::area::Area;
use super::oauth::{about_client, form};
use crate::model::{
    Caller, Dialect, Field, Operation, Schema, any_of, constant, email, field, flag, get, integer, object, one_of,
    optional, post, text, uuid,
};

pub(super) fn area() -> Area {
    Area {
        name: "Tokens",
        about: "OAuth clients get tokens, ask about them and end them.",
        operations: vec![token(), refresh(), token_in_json(), introspect(), revoke(), userinfo(), userinfo_by_post()],
    }
}

/// The refusals of the token endpoint, beside those of every endpoint for clients.
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
        .about("The token endpoint (RFC 6749 §3.2): a code, a refresh token, a device code or the client itself becomes an access token.")
        .by(Caller::Client)
        .takes_form(object([grant_type()]).and(parameters()).and(about_client()))
        .example(json!({"grant_type": "client_credentials"}))
        .gives_json(issued("Bearer"), "The tokens.")
        .refuses(TOKEN_REFUSALS)
}

fn refresh() -> Operation {
    let implied = optional("grant_type", one_of([GrantType::RefreshToken.as_str()]));
    let token = field("refresh_token", text());
    post(TOKEN_REFRESH, "oauth-token-refresh", "Refresh tokens", Dialect::OAuth)
        .about("The token endpoint with grant_type=refresh_token implied.")
        .by(Caller::Client)
        .takes_form(object([token, implied, optional("scope", text()), resource()]).and(about_client()))
        .example(json!({"refresh_token": "dw_rt_…"}))
        .gives_json(issued("Bearer"), "The tokens.")
        .refuses(TOKEN_REFUSALS)
}

/// The same in the JSON API, which reads both dialects.
fn token_in_json() -> Operation {
    let body = || object([grant_type()]).and(parameters()).and(about_client());
    let example = json!({"grant_type": "client_credentials", "client_id": "dw_ci_…", "client_secret": "dw_cs_…"});
    post("/api/oauth-token", "oauth-token-json", "Get tokens, in JSON", Dialect::EnvelopeOrOAuth)
        .about("The token endpoint for programs that speak JSON: a JSON body is answered in the envelope, a form as at the other addresses.")
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
    optional("resource", text().with("format", "uri")).about("The API that the access token is for (RFC 8707)")
}

fn parameters() -> [Field; 7] {
    [
        optional("scope", text()).about("With client_credentials and refresh_token: what it is for, between spaces"),
        optional("code", text()).about("With authorization_code"),
        optional("redirect_uri", text()).about("With authorization_code: the one of the authorization request"),
        optional("code_verifier", text()).about("With authorization_code: what the challenge was made of (RFC 7636)"),
        optional("refresh_token", text()).about("With refresh_token"),
        optional("device_code", text()).about("With the device grant (RFC 8628)"),
        resource(),
    ]
}

/// The tokens; each dialect has its own spelling of `token_type`.
fn issued(token_type: &'static str) -> Schema {
    object([
        field("access_token", text()).about("A JWT (RFC 9068)"),
        field("token_type", constant(token_type)),
        field("expires_in", integer().with("minimum", 1)).about("In seconds"),
        optional("refresh_token", text()),
        optional("id_token", text()).about("With the scope openid"),
        optional("scope", text()).about("What the token may be used for"),
        optional("orgId", uuid()).about("The account, where a user let an app in"),
    ])
}

fn introspect() -> Operation {
    let active = object([
        field("active", constant(true)),
        optional("scope", text()),
        field("client_id", text()),
        optional("token_type", constant("Bearer")),
        field("exp", integer()),
        field("iat", integer()),
        field("sub", text()),
        optional("aud", text()),
        field("iss", text()),
        optional("jti", uuid()),
    ]);
    let inactive = object([field("active", constant(false))]);
    post(INTROSPECT, "oauth-introspect", "Ask whether a token is good", Dialect::OAuth)
        .about("Token introspection (RFC 7662), for the client that a token was issued to and for the APIs that it is for.")
        .by(Caller::ConfidentialClient)
        .takes_form(form(field("token", text())).and(about_client()))
        .example(json!({"token": "eyJ…"}))
        .gives_json(any_of([active, inactive]), "What the token is, if it is good now and theirs to know.")
        .refuses([OAuthCode::TooManyRequests])
}

fn revoke() -> Operation {
    post(REVOKE, "oauth-revoke", "End a token", Dialect::OAuth)
        .about("Token revocation (RFC 7009): a refresh token ends with all that came of it, an access token alone.")
        .by(Caller::Client)
        .takes_form(form(field("token", text())).and(about_client()))
        .example(json!({"token": "dw_rt_…"}))
        .gives_json(object([]), "The token has ended, or never was one.")
        .refuses([OAuthCode::TooManyRequests])
}

fn userinfo() -> Operation {
    about_user(get(USERINFO, "oauth-userinfo", "Ask who a user is", Dialect::OAuth))
}

fn userinfo_by_post() -> Operation {
    let token = optional("access_token", text()).about("In place of the header (RFC 6750 §2.2)");
    let operation = post(USERINFO, "oauth-userinfo-post", "Ask who a user is, by a form", Dialect::OAuth);
    about_user(operation.takes_form(object([token])))
}

fn about_user(operation: Operation) -> Operation {
    let user = object([
        field("sub", uuid()),
        optional("name", text()),
        optional("locale", text()),
        optional("email", email()),
        optional("email_verified", flag()),
    ]);
    operation
        .about("What a client may know about the user who let it in (OpenID Connect Core §5.3).")
        .by(Caller::Delegate(Scope::OPENID))
        .gives_json(user, "What the token's scopes tell.")
}
