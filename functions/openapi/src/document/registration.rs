//! Dynamic client registration (RFC 7591) and its management (RFC 7592).

use lambda_http::http::Method;
use serde_json::json;
use shared::domain::oauth::error::OAuthCode;
use shared::paths::{CLIENT_REGISTRATION, CLIENT_REGISTRATION_V1};

use super::area::Area;
use super::schemas::{auth_method, grant_types, signing_algorithm};
use crate::model::{
    Answer, Caller, Content, Dialect, Field, Operation, Place, Schema, any_of, constant, field, get, integer, list,
    named, object, one_of, optional, post, string, uri,
};

/// The errors of a client's metadata.
const MISTAKES: [OAuthCode; 2] = [OAuthCode::InvalidRedirectUri, OAuthCode::InvalidClientMetadata];

pub(super) fn area() -> Area {
    let at = "/oauth2/register/{client_id}";
    Area {
        name: "Client registration",
        about: "OAuth clients register dynamically and manage their registration.",
        operations: vec![
            post(CLIENT_REGISTRATION, "oauth-register", "Register a client", Dialect::OAuth)
                .also_at(CLIENT_REGISTRATION_V1, "oauth-register-v1")
                .about("Dynamic client registration (RFC 7591). With a user's access token the client is an app of their account. Without, it is an unowned client, which has no access of its own. The default of token_endpoint_auth_method is client_secret_basic at /oauth2/register and none at /api/v1/auth/register.")
                .by(Caller::UserOrAnonymous)
                .takes(metadata())
                .example(json!({"client_name": "My App", "redirect_uris": ["https://app.example/callback"]}))
                .answers(Answer::new(201, "The registered client.", Content::Json(named("RegisteredClient"))))
                .refuses(MISTAKES)
                .refuses([OAuthCode::TooManyRequests]),
            managed(get(at, "oauth-register-get", "Read a registration", Dialect::OAuth))
                .gives_json(named("RegisteredClient"), "The registered client."),
            managed(Operation::new(Method::PUT, at, "oauth-register-put", "Replace a registration", Dialect::OAuth))
                .about("Replaces the whole registration: omitted fields are deleted (RFC 7592 §2.2). An app of an account gets no grant, authentication method or scope that it does not have, and keeps those that are omitted.")
                .takes(metadata().and([
                    field("client_id", string()).about("Must be the client's own"),
                    optional("client_secret", string()).about("Must be the client's own"),
                ]))
                .example(json!({
                    "client_id": "dw_ci_…", "client_name": "My App", "redirect_uris": ["https://app.example/callback"],
                }))
                .gives_json(named("RegisteredClient"), "The changed registration.")
                .refuses(MISTAKES),
            managed(Operation::new(Method::DELETE, at, "oauth-register-delete", "Delete a registration", Dialect::OAuth))
                .about("Deletes the client and revokes all of its tokens (RFC 7592 §2.3).")
                .answers(Answer::new(204, "The registration is deleted.", Content::Nothing)),
        ],
    }
}

fn managed(operation: Operation) -> Operation {
    operation.by(Caller::Registration).parameter(Place::Path, field("client_id", string()).about("The client's id"))
}

fn metadata() -> Schema {
    let uris = || list(uri()).with("maxItems", 10);
    object([
        optional("client_name", string()),
        optional("redirect_uris", uris()),
        optional("post_logout_redirect_uris", uris()),
        optional("grant_types", list(string()).with("maxItems", 20)).about("Unsupported values are ignored"),
        optional("response_types", list(string()).with("maxItems", 20)),
        optional("token_endpoint_auth_method", or_empty(auth_method())),
        optional("scope", string()).about("The requested scopes, separated by spaces"),
        optional("application_type", or_empty(application_type())),
        optional("id_token_signed_response_alg", or_empty(signing_algorithm())),
        optional("jwks", named("KeySet")),
        optional("jwks_uri", uri()),
    ])
    .and(details())
}

/// An empty string counts as absent.
fn or_empty(schema: Schema) -> Schema {
    any_of([schema, constant("")])
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
        optional("contacts", list(string()).with("maxItems", 10)),
        optional("software_id", string()),
        optional("software_version", string()),
    ]
}

/// The whole registration, with the values that are returned once.
pub(super) fn registered_client() -> Schema {
    object([
        field("client_id", string()),
        optional("client_secret", string()).about("Returned when it was just generated"),
        optional("client_secret_expires_at", integer())
            .about("When the client expires with its secret, unless it is used; 0 means never"),
        field("client_id_issued_at", integer()),
        field("registration_client_uri", uri()).about("The URL for the management of the registration"),
        optional("registration_access_token", string())
            .about("The access token for the management of the registration"),
        field("client_name", string()),
        field("redirect_uris", list(string())),
        optional("post_logout_redirect_uris", list(string())),
        field("grant_types", grant_types()),
        field("response_types", list(constant("code"))),
        field("token_endpoint_auth_method", auth_method()),
        field("application_type", application_type()),
        field("id_token_signed_response_alg", signing_algorithm()),
        optional("scope", string()),
        optional("jwks", named("KeySet")),
        optional("jwks_uri", uri()),
    ])
    .and(details())
}
