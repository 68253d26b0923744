//! The discovery documents.

use shared::domain::oauth::error::OAuthCode;
use shared::domain::oauth::grant_type::GrantType;
use shared::paths::{AUTHORIZATION_SERVER, ERRORS, JWKS, OPENID_CONFIGURATION, PROTECTED_RESOURCE, WEBFINGER};

use super::area::Area;
use crate::MAX_AGE;
use crate::model::{
    Answer, Content, Dialect, Place, Schema, any_object, constant, field, flag, get, list, named, object, one_of,
    optional, string, uri,
};

pub(super) fn area() -> Area {
    let at_path = "/.well-known/oauth-protected-resource/{path}";
    Area {
        name: "Discovery",
        about: "The documents by which programs discover the other endpoints.",
        operations: vec![
            get(OPENID_CONFIGURATION, "oauth-metadata-openid", "Find the endpoints", Dialect::OAuth)
                .also_at(AUTHORIZATION_SERVER, "oauth-metadata-server")
                .about("Authorization server metadata (RFC 8414, OpenID Connect Discovery).")
                .answers(cacheable("The endpoints and their capabilities.", named("ServerMetadata"))),
            get(
                PROTECTED_RESOURCE,
                "oauth-metadata-resource",
                "Find the authorization server of this API",
                Dialect::OAuth,
            )
            .about("Protected resource metadata (RFC 9728).")
            .answers(cacheable("Our API and its authorization server.", named("ResourceMetadata"))),
            get(
                at_path,
                "oauth-metadata-resource-path",
                "Find the authorization server of another API of ours",
                Dialect::OAuth,
            )
            .about("The same for an API at a path of this origin, which may have several segments (RFC 9728 §3.1).")
            .parameter(Place::Path, field("path", string()).about("The API's path without the leading slash"))
            .answers(cacheable("The API and its authorization server.", named("ResourceMetadata")))
            .refuses([OAuthCode::NotFound]),
            get(WEBFINGER, "oauth-metadata-webfinger", "Find the issuer by a user's address", Dialect::OAuth)
                .about("WebFinger (RFC 7033, OpenID Connect Discovery §2), for resources of the issuer's host or a domain above it.")
                .parameter(Place::Query, field("resource", string()).about("acct:user@host, or a URL"))
                .parameter(Place::Query, optional("rel", string()).about("The relation; it may be repeated"))
                .answers(
                    Answer::new(200, "The issuer.", Content::JsonAs("application/jrd+json", jrd()))
                        .cacheable_for(MAX_AGE),
                )
                .refuses([OAuthCode::InvalidRequest, OAuthCode::NotFound]),
            get(JWKS, "oauth-metadata-keys", "Get the keys that verify tokens", Dialect::OAuth)
                .about("The JWKS (RFC 7517 §5).")
                .answers(cacheable("The public keys, including those of future tokens.", named("KeySet"))),
            get("/openapi.json", "openapi", "Get this document", Dialect::Envelope)
                .about("OpenAPI 3.1: every endpoint with its requests and responses.")
                .answers(cacheable("The document.", any_object())),
            get("/docs", "openapi-docs", "Read this document", Dialect::Envelope)
                .about("The same as a page.")
                .answers(Answer::new(200, "The page.", Content::Page).cacheable_for(MAX_AGE)),
            get(ERRORS, "openapi-errors", "Read what OAuth errors mean", Dialect::Envelope)
                .about("A page with a section for each code, to which error_uri leads.")
                .answers(Answer::new(200, "The page.", Content::Page).cacheable_for(MAX_AGE)),
        ],
    }
}

fn cacheable(about: &'static str, schema: Schema) -> Answer {
    Answer::new(200, about, Content::Json(schema)).cacheable_for(MAX_AGE)
}

/// A JSON Resource Descriptor.
fn jrd() -> Schema {
    let link = object([field("rel", string()), field("href", uri())]);
    object([field("subject", string()), field("links", list(link))])
}

/// Authorization server metadata.
pub(super) fn server_metadata() -> Schema {
    let strings = || list(string());
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
        field("response_modes_supported", strings()),
        field("grant_types_supported", list(one_of(GrantType::ALL.map(GrantType::as_str)))),
        field("token_endpoint_auth_methods_supported", strings()),
        field("token_endpoint_auth_signing_alg_values_supported", strings()),
        field("revocation_endpoint_auth_methods_supported", strings()),
        field("revocation_endpoint_auth_signing_alg_values_supported", strings()),
        field("introspection_endpoint_auth_methods_supported", strings()),
        field("introspection_endpoint_auth_signing_alg_values_supported", strings()),
        field("code_challenge_methods_supported", list(constant("S256"))),
        field("authorization_response_iss_parameter_supported", constant(true)),
        field("client_id_metadata_document_supported", constant(true)),
        field("require_pushed_authorization_requests", flag()),
        field("subject_types_supported", list(constant("public"))),
        field("id_token_signing_alg_values_supported", strings()),
        field("claims_supported", strings()),
        field("prompt_values_supported", strings()),
        field("claims_parameter_supported", constant(false)),
        field("request_parameter_supported", constant(false)),
        field("request_uri_parameter_supported", constant(false)),
        field("account_management_uri", uri()).about("The page on which users manage their account"),
        field("mail_supported", flag()).about("Whether e-mail addresses can be verified and passwords reset by mail"),
        optional("password_reset_uri", uri())
            .about("The page on which a user who forgot their password requests a reset link"),
    ])
}

/// Protected resource metadata.
pub(super) fn resource_metadata() -> Schema {
    object([
        field("resource", string()),
        field("authorization_servers", list(uri())),
        optional("scopes_supported", list(named("Scope"))).about("The scopes of this API, if there are any"),
        field("bearer_methods_supported", list(constant("header"))),
        field("jwks_uri", uri()),
        field("resource_name", string()),
    ])
}
