//! The OAuth apps of an account.

use serde_json::json;
use shared::http::error::api::ApiCode;
use shared::service::client::management::OVERLAP;

use super::area::Area;
use super::schemas::{
    auth_method, cursor, display_name, grant_types, limit, next_cursor, redirect_uris, signing_algorithm,
};
use crate::Service;
use crate::model::{Caller, Field, Schema, api, field, flag, integer, list, named, object, optional, text, uri, uuid};

pub(super) fn area(service: &Service) -> Area {
    let id = || field("id", uuid()).about("The app's id");
    Area {
        name: "Apps",
        about: "A user makes and manages the OAuth apps of their account.",
        operations: vec![
            api("oauth-apps-create", "Create an app")
                .about("Its secret is in this answer and never again. An app that proves itself without a secret gets none.")
                .by(Caller::User)
                .takes(object([field("name", display_name())]).and(settings(service)).and([
                    optional("grant_types", grant_types())
                        .about("Without it, client_credentials, and authorization_code and refresh_token with redirect_uris"),
                    optional("token_endpoint_auth_method", auth_method()),
                ]))
                .example(json!({"name": "My Integration"}))
                .gives(one_app(), "The app, and its secret."),
            api("oauth-apps-list", "List the account's apps")
                .by(Caller::User)
                .takes(object([optional("include_revoked", flag()), limit(), cursor(uuid())]))
                .example(json!({"include_revoked": false}))
                .gives(object([field("apps", list(named("App"))), next_cursor(uuid())]), "One page, newest first."),
            api("oauth-apps-update", "Change an app")
                .about("Changes what the body names and nothing else. A scope that is taken away is gone from the app's tokens at once.")
                .by(Caller::User)
                .takes(object([id(), optional("name", display_name())]).and(settings(service)))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f", "name": "My App"}))
                .gives(object([field("app", named("App"))]), "The app as it is now.")
                .refuses([ApiCode::NotFound, ApiCode::AppRevoked]),
            api("oauth-apps-rotate-secret", "Give an app a new secret")
                .about("The new secret is in this answer and never again.")
                .by(Caller::User)
                .takes(object([
                    id(),
                    optional(
                        "overlap_seconds",
                        integer().with("minimum", 0).with("maximum", *OVERLAP.end()).with("default", 0),
                    )
                    .about("How long the old secret works beside the new one"),
                ]))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f", "overlap_seconds": 3600}))
                .gives(one_app(), "The app, and its new secret.")
                .refuses([ApiCode::NotFound, ApiCode::AppRevoked, ApiCode::Conflict]),
            api("oauth-apps-revoke", "Revoke an app")
                .about("For good: its secret and its tokens stop working at once.")
                .by(Caller::User)
                .takes(object([id()]))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f"}))
                .gives(object([field("app", named("App"))]), "The app, which is revoked.")
                .refuses([ApiCode::NotFound]),
        ],
    }
}

/// What can be said of an app when it is made, and changed later.
pub(super) fn settings(service: &Service) -> [Field; 6] {
    [
        optional("redirect_uris", redirect_uris()).about("Where browsers return to with a code"),
        optional("post_logout_redirect_uris", redirect_uris()).about("Where browsers return to after a sign-out"),
        optional("scopes", list(named("Scope")).with("maxItems", service.scopes.len()))
            .about("The most that it may have"),
        optional("id_token_signed_response_alg", signing_algorithm()),
        optional("jwks", named("KeySet")).about("Its public keys, for private_key_jwt"),
        optional("jwks_uri", uri().with("maxLength", 512)).about("Where those are, in place of jwks"),
    ]
}

fn one_app() -> Schema {
    object([
        field("app", named("App")),
        optional("client_secret", text()).about("Shown once; there is none where none is needed"),
    ])
}
