//! Clients introduce themselves (RFC 7591), and manage what they said (RFC 7592).

use lambda_http::http::Method;
use serde_json::json;
use shared::domain::oauth::error::OAuthCode;
use shared::paths::{CLIENT_REGISTRATION, CLIENT_REGISTRATION_V1};

use super::area::Area;
use super::schemas::{auth_method, grant_types, signing_algorithm};
use crate::model::{
    Answer, Caller, Content, Dialect, Field, Operation, Place, Schema, constant, field, get, integer, list, named,
    object, one_of, optional, post, text, uri,
};

/// What is wrong with what a client says.
const MISTAKES: [OAuthCode; 2] = [OAuthCode::InvalidRedirectUri, OAuthCode::InvalidClientMetadata];

pub(super) fn area() -> Area {
    let at = "/oauth2/register/{client_id}";
    Area {
        name: "Client registration",
        about: "OAuth clients introduce themselves, and manage what they said.",
        operations: vec![
            post(CLIENT_REGISTRATION, "oauth-register", "Register a client", Dialect::OAuth)
                .also_at(CLIENT_REGISTRATION_V1, "oauth-register-v1")
                .about("Dynamic client registration (RFC 7591). With a user's access token the client is an app of their account; without, it is nobody's, and has no data to reach by itself. Without token_endpoint_auth_method it is client_secret_basic at /oauth2/register and none at /api/v1/auth/register.")
                .by(Caller::UserOrAnonymous)
                .takes(metadata())
                .example(json!({"client_name": "My App", "redirect_uris": ["https://app.example/callback"]}))
                .answers(Answer::new(201, "The client, as it is registered.", Content::Json(named("RegisteredClient"))))
                .refuses(MISTAKES)
                .refuses([OAuthCode::TooManyRequests]),
            managed(get(at, "oauth-register-get", "Read a registration", Dialect::OAuth))
                .gives_json(named("RegisteredClient"), "The client, as it is registered."),
            managed(Operation::new(Method::PUT, at, "oauth-register-put", "Replace a registration", Dialect::OAuth))
                .about("All of it: what the body leaves out is gone (RFC 7592 §2.2).")
                .takes(metadata().and([
                    field("client_id", text()).about("The client's own"),
                    optional("client_secret", text()).about("The client's own"),
                ]))
                .example(json!({
                    "client_id": "dw_ci_…", "client_name": "My App", "redirect_uris": ["https://app.example/callback"],
                }))
                .gives_json(named("RegisteredClient"), "The client, as it is registered now.")
                .refuses(MISTAKES),
            managed(Operation::new(Method::DELETE, at, "oauth-register-delete", "End a registration", Dialect::OAuth))
                .about("And with it every token of the client (RFC 7592 §2.3).")
                .answers(Answer::new(204, "It has ended.", Content::Nothing)),
        ],
    }
}

fn managed(operation: Operation) -> Operation {
    operation.by(Caller::Registration).parameter(Place::Path, field("client_id", text()).about("The client's id"))
}

fn metadata() -> Schema {
    let uris = || list(uri()).with("maxItems", 10);
    object([
        optional("client_name", text()),
        optional("redirect_uris", uris()),
        optional("post_logout_redirect_uris", uris()),
        optional("grant_types", list(text()).with("maxItems", 20)).about("Those that we do not have are left out"),
        optional("response_types", list(text()).with("maxItems", 20)),
        optional("token_endpoint_auth_method", auth_method()),
        optional("scope", text()).about("What it asks for, between spaces"),
        optional("application_type", application_type()),
        optional("id_token_signed_response_alg", signing_algorithm()),
        optional("jwks", named("KeySet")),
        optional("jwks_uri", uri()),
    ])
    .and(details())
}

fn application_type() -> Schema {
    one_of(["web", "native"])
}

fn details() -> [Field; 7] {
    [
        optional("client_uri", uri()),
        optional("logo_uri", uri()),
        optional("tos_uri", uri()),
        optional("policy_uri", uri()),
        optional("contacts", list(text()).with("maxItems", 10)),
        optional("software_id", text()),
        optional("software_version", text()),
    ]
}

/// All that is registered, with what is shown once.
pub(super) fn registered_client() -> Schema {
    object([
        field("client_id", text()),
        optional("client_secret", text()).about("Shown when it was just made"),
        optional("client_secret_expires_at", constant(0)).about("Never"),
        field("client_id_issued_at", integer()),
        field("registration_client_uri", uri()).about("Where the registration is managed"),
        optional("registration_access_token", text()).about("What proves who manages it"),
        field("client_name", text()),
        field("redirect_uris", list(text())),
        optional("post_logout_redirect_uris", list(text())),
        field("grant_types", grant_types()),
        field("response_types", list(constant("code"))),
        field("token_endpoint_auth_method", auth_method()),
        field("application_type", application_type()),
        field("id_token_signed_response_alg", signing_algorithm()),
        optional("scope", text()),
        optional("jwks", named("KeySet")),
        optional("jwks_uri", uri()),
    ])
    .and(details())
}
