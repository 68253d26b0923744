//! The OAuth apps of an account.

use serde_json::json;
use shared::http::error::api::ApiCode;
use shared::service::client::management::OVERLAP;

use super::area::Area;
use super::schemas::{
    auth_method, cursor, display_name, grant_types, limit, next_cursor, redirect_uris, signing_algorithm,
};
use crate::Service;
use crate::model::{
    Caller, Field, Schema, api, field, flag, integer, list, named, object, optional, string, uri, uuid,
};

pub(super) fn area(service: &Service) -> Area {
    let id = || field("id", uuid()).about("The app's id");
    Area {
        name: "Apps",
        about: "A user creates and manages the OAuth apps of their account.",
        operations: vec![
            api("oauth-apps-create", "Create an app")
                .about("The secret is returned in this response only. An app that authenticates without a secret gets none.")
                .by(Caller::User)
                .takes(object([field("name", display_name())]).and(settings(service)).and([
                    optional("grant_types", grant_types())
                        .about("Default: client_credentials, or with redirect_uris authorization_code and refresh_token"),
                    optional("token_endpoint_auth_method", auth_method()),
                ]))
                .example(json!({"name": "My Integration"}))
                .gives(one_app(), "The app and its secret.")
                .refuses([ApiCode::RecentSignInRequired, ApiCode::EmailNotVerified, ApiCode::QuotaExceeded]),
            api("oauth-apps-list", "List the account's apps")
                .by(Caller::User)
                .takes(object([optional("include_revoked", flag()), limit(), cursor(uuid())]))
                .example(json!({"include_revoked": false}))
                .gives(object([field("apps", list(named("App"))), next_cursor(uuid())]), "One page, oldest first."),
            api("oauth-apps-update", "Change an app")
                .about("Changes only the fields in the body. A removed scope is removed from the app's tokens at once.")
                .by(Caller::User)
                .takes(object([id(), optional("name", display_name())]).and(settings(service)))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f", "name": "My App"}))
                .gives(object([field("app", named("App"))]), "The changed app.")
                .refuses([ApiCode::RecentSignInRequired, ApiCode::NotFound, ApiCode::AppRevoked]),
            api("oauth-apps-rotate-secret", "Rotate an app's secret")
                .about("The new secret is returned in this response only.")
                .by(Caller::User)
                .takes(object([
                    id(),
                    optional(
                        "overlap_seconds",
                        integer().with("minimum", 0).with("maximum", *OVERLAP.end()).with("default", 0),
                    )
                    .about("How long the old secret stays valid"),
                ]))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f", "overlap_seconds": 3600}))
                .gives(one_app(), "The app and its new secret.")
                .refuses([ApiCode::RecentSignInRequired, ApiCode::NotFound, ApiCode::AppRevoked, ApiCode::Conflict]),
            api("oauth-apps-revoke", "Revoke an app")
                .about("The app is revoked permanently, and its secret and tokens with it.")
                .by(Caller::User)
                .takes(object([id()]))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f"}))
                .gives(object([field("app", named("App"))]), "The revoked app.")
                .refuses([ApiCode::NotFound]),
        ],
    }
}

/// The settings of an app when it is created or changed.
pub(super) fn settings(service: &Service) -> [Field; 6] {
    [
        optional("redirect_uris", redirect_uris()).about("The allowed return addresses of authorization responses"),
        optional("post_logout_redirect_uris", redirect_uris()).about("The allowed return addresses after a sign-out"),
        optional("scopes", list(named("Scope")).with("maxItems", service.scopes.len()))
            .about("The scopes that the app may request"),
        optional("id_token_signed_response_alg", signing_algorithm()),
        optional("jwks", named("KeySet")).about("The app's public keys for private_key_jwt"),
        optional("jwks_uri", uri().with("maxLength", 512)).about("The URL of these keys, instead of jwks"),
    ]
}

fn one_app() -> Schema {
    object([
        field("app", named("App")),
        optional("client_secret", string()).about("Returned once; absent if the app needs no secret"),
    ])
}
