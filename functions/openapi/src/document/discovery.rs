//! What programs find everything else by.

use shared::domain::oauth::error::OAuthCode;
use shared::domain::oauth::grant_type::GrantType;
use shared::paths::{AUTHORIZATION_SERVER, JWKS, OPENID_CONFIGURATION, PROTECTED_RESOURCE};

use super::area::Area;
use crate::MAX_AGE;
use crate::model::{
    Answer, Content, Dialect, Place, Schema, any_object, constant, field, flag, get, list, named, object, one_of,
    optional, text, uri,
};

pub(super) fn area() -> Area {
    let at_path = "/.well-known/oauth-protected-resource/{path}";
    Area {
        name: "Discovery",
        about: "Where programs find everything else.",
        operations: vec![
            get(OPENID_CONFIGURATION, "oauth-metadata-openid", "Find the endpoints", Dialect::OAuth)
                .also_at(AUTHORIZATION_SERVER, "oauth-metadata-server")
                .about("Authorization server metadata (RFC 8414, OpenID Connect Discovery).")
                .answers(kept("The endpoints, and what they can do.", named("ServerMetadata"))),
            get(PROTECTED_RESOURCE, "oauth-metadata-resource", "Find who protects this API", Dialect::OAuth)
                .about("Protected resource metadata (RFC 9728).")
                .answers(kept("Our API, and who issues tokens for it.", named("ResourceMetadata"))),
            get(at_path, "oauth-metadata-resource-path", "Find who protects an API of ours", Dialect::OAuth)
                .about("The same of an API at a path of this origin, which may have several parts (RFC 9728 §3.1).")
                .parameter(Place::Path, field("path", text()).about("The API's path, without its first slash"))
                .answers(kept("The API, and who issues tokens for it.", named("ResourceMetadata")))
                .refuses([OAuthCode::NotFound]),
            get(JWKS, "oauth-metadata-keys", "Get the keys that verify tokens", Dialect::OAuth)
                .about("The JWKS (RFC 7517 §5).")
                .answers(kept("The public keys, those of tokens to come among them.", named("KeySet"))),
            get("/openapi.json", "openapi", "Get this document", Dialect::Envelope)
                .about("OpenAPI 3.1: every endpoint, and what it takes and answers.")
                .answers(kept("The document.", any_object())),
            get("/docs", "openapi-docs", "Read this document", Dialect::Envelope)
                .about("The same, for users.")
                .answers(Answer::new(200, "The page.", Content::Page).kept_for(MAX_AGE)),
        ],
    }
}

fn kept(about: &'static str, schema: Schema) -> Answer {
    Answer::new(200, about, Content::Json(schema)).kept_for(MAX_AGE)
}

/// Authorization server metadata.
pub(super) fn server_metadata() -> Schema {
    let texts = || list(text());
    object([
        field("issuer", uri()),
        field("authorization_endpoint", uri()),
        field("token_endpoint", uri()),
        field("userinfo_endpoint", uri()),
        field("end_session_endpoint", uri()),
        field("jwks_uri", uri()),
        field("registration_endpoint", uri()),
        field("revocation_endpoint", uri()),
        field("introspection_endpoint", uri()),
        field("device_authorization_endpoint", uri()),
        field("pushed_authorization_request_endpoint", uri()),
        field("scopes_supported", list(named("Scope"))),
        field("response_types_supported", list(constant("code"))),
        field("response_modes_supported", texts()),
        field("grant_types_supported", list(one_of(GrantType::ALL.map(GrantType::as_str)))),
        field("token_endpoint_auth_methods_supported", texts()),
        field("token_endpoint_auth_signing_alg_values_supported", texts()),
        field("revocation_endpoint_auth_methods_supported", texts()),
        field("revocation_endpoint_auth_signing_alg_values_supported", texts()),
        field("introspection_endpoint_auth_methods_supported", texts()),
        field("introspection_endpoint_auth_signing_alg_values_supported", texts()),
        field("code_challenge_methods_supported", list(constant("S256"))),
        field("authorization_response_iss_parameter_supported", constant(true)),
        field("client_id_metadata_document_supported", constant(true)),
        field("require_pushed_authorization_requests", flag()),
        field("subject_types_supported", list(constant("public"))),
        field("id_token_signing_alg_values_supported", texts()),
        field("claims_supported", texts()),
        field("prompt_values_supported", texts()),
        field("claims_parameter_supported", constant(false)),
        field("request_parameter_supported", constant(false)),
        field("request_uri_parameter_supported", constant(false)),
        field("account_management_uri", uri()).about("Where users see to their account"),
        field("mail_supported", flag()).about("Whether addresses are verified and forgotten passwords replaced"),
        optional("password_reset_uri", uri()).about("Where somebody says that they forgot their password"),
    ])
}

/// Protected resource metadata.
pub(super) fn resource_metadata() -> Schema {
    object([
        field("resource", text()),
        field("authorization_servers", list(uri())),
        field("scopes_supported", list(named("Scope"))),
        field("bearer_methods_supported", list(constant("header"))),
        field("jwks_uri", uri()),
        field("resource_name", text()),
    ])
}
