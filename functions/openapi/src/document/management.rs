//! The management API.

use lambda_http::http::Method;
use serde_json::json;
use shared::domain::client::template::TEMPLATES;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiCode;
use shared::paths::APPS;
use shared::service::client::management::OVERLAP;

use super::apps::settings;
use super::area::Area;
use super::managed::managed;
use super::schemas::{
    auth_method, cursor, display_name, grant_types, limit, next_cursor, redirect_uris, signing_algorithm,
};
use super::webhooks;
use crate::Service;
use crate::model::{
    Answer, Caller, Content, Dialect, Field, Header, Operation, Place, Schema, any_of, field, flag, get, integer, list,
    named, object, one_of, optional, post, string, time, uri, uuid,
};

/// The path of an app's configuration.
const CONFIG: &str = "/api/v1/apps/{appId}/config";
/// How long the templates may be cached, in seconds.
const TEMPLATES_MAX_AGE: u32 = 3_600;

pub(super) fn area(service: &Service) -> Area {
    Area {
        name: "Management",
        about: "Programs manage the apps of an account: app_read to read and app_write to change them.",
        operations: [apps(service), webhooks::operations()].concat(),
    }
}

fn apps(service: &Service) -> Vec<Operation> {
    let one = "/api/v1/apps/{appId}";
    vec![
        get("/api/v1/me", "v1-me", "Read the token's user, account and app", Dialect::Resource)
            .by(Caller::Token)
            .gives_json(me(), "The user, the account, the app, the scopes and the session of the token."),
        get(APPS, "v1-apps-get", "List the account's apps", Dialect::Resource)
            .by(Caller::Scope(Scope::APP_READ))
            .query([limit(), cursor(uuid()), optional("include_revoked", flag())])
            .answers(
                Answer::new(200, "One page, oldest first.", Content::Json(page()))
                    .header(Header::new("Link", "The link to the next page, if there is one (RFC 8288)").or_none()),
            ),
        post(APPS, "v1-apps-post", "Create an app", Dialect::Resource)
            .about("The secret is returned in this response only. An app that is created by another app cannot have scopes that its creator lacks.")
            .by(Caller::Scope(Scope::APP_WRITE))
            .takes(
                object([
                    field("name", display_name()),
                    optional("template", one_of(TEMPLATES.map(|template| template.id)))
                        .about("The template for the omitted settings; see /api/v1/templates"),
                ])
                .and(settings(service))
                .and([
                    optional("grant_types", grant_types()),
                    optional("token_endpoint_auth_method", auth_method()),
                ]),
            )
            .example(json!({"name": "My Machine", "template": "machine"}))
            .answers(
                Answer::new(201, "The app and its secret.", Content::Json(named("NewApp")))
                    .header(Header::location("The URL of the app")),
            )
            .refuses([
                ApiCode::Forbidden,
                ApiCode::RecentSignInRequired,
                ApiCode::EmailNotVerified,
                ApiCode::QuotaExceeded,
            ]),
        managed(get(one, "v1-apps-get-one", "Read an app", Dialect::Resource), Scope::APP_READ)
            .gives_json(named("App"), "The app."),
        managed(Operation::new(Method::DELETE, one, "v1-apps-delete", "Revoke an app", Dialect::Resource), Scope::APP_WRITE)
            .about("The app is revoked permanently, and its secret and tokens with it.")
            .answers(Answer::new(204, "The app is revoked.", Content::Nothing))
            .refuses([ApiCode::Forbidden]),
        managed(get(CONFIG, "v1-app-config-get", "Read an app's configuration", Dialect::Resource), Scope::APP_READ)
            .parameter(Place::Header, optional("If-None-Match", string()).about("The ETag of the caller's copy"))
            .answers(Answer::new(200, "The configuration.", Content::Json(named("AppConfig"))).header(etag()))
            .answers(Answer::new(304, "The caller's copy is current.", Content::Nothing).header(etag())),
        managed(
            Operation::new(Method::PATCH, CONFIG, "v1-app-config-patch", "Change an app's configuration", Dialect::Resource),
            Scope::APP_WRITE,
        )
        .about("A merge patch: omitted settings do not change, and null removes an optional setting.")
        .parameter(Place::Header, optional("If-Match", string()).about("The ETag of the caller's copy: nothing is changed unless it is current"))
        .takes_patch(patch(service))
        .example(json!({"name": "My App", "redirect_uris": ["https://app.example/callback"]}))
        .answers(Answer::new(200, "The changed configuration.", Content::Json(named("AppConfig"))).header(etag()))
        .refuses([ApiCode::Forbidden, ApiCode::RecentSignInRequired, ApiCode::AppRevoked, ApiCode::Conflict, ApiCode::PreconditionFailed]),
        managed(
            post("/api/v1/apps/{appId}/commands", "v1-app-commands", "Run a command on an app", Dialect::Resource),
            Scope::APP_WRITE,
        )
        .about("Rotates the app's secret, revokes its tokens, or disables or enables the app.")
        .takes(object([
            field("command", one_of(["rotate_secret", "enable", "disable", "revoke_tokens"])),
            optional("overlap_seconds", integer().with("minimum", 0).with("maximum", *OVERLAP.end()))
                .about("With rotate_secret: how long the old secret stays valid"),
        ]))
        .example(json!({"command": "rotate_secret", "overlap_seconds": 3600}))
        .gives_json(named("NewApp"), "The changed app, with its new secret after rotate_secret.")
        .refuses([ApiCode::Forbidden, ApiCode::RecentSignInRequired, ApiCode::AppRevoked, ApiCode::Conflict]),
        get("/api/v1/templates", "v1-templates", "List the app templates", Dialect::Resource)
            .answers(
                Answer::new(200, "All templates.", Content::Json(templates())).cacheable_for(TEMPLATES_MAX_AGE),
            ),
    ]
}

/// A configuration.
pub(super) fn config() -> Schema {
    object([
        field("name", string()),
        field("redirect_uris", list(string())),
        field("post_logout_redirect_uris", list(string())),
        field("scopes", list(string())),
        field("grant_types", grant_types()),
        field("token_endpoint_auth_method", auth_method()),
        field("id_token_signed_response_alg", signing_algorithm()),
        field("jwks", named("KeySet").or_null()),
        field("jwks_uri", uri().or_null()),
        field("client_uri", uri().or_null()),
        field("logo_uri", uri().or_null()),
        field("policy_uri", uri().or_null()),
        field("tos_uri", uri().or_null()),
        field("event_subscriptions", list(string())).about("The types of a new webhook that names none"),
    ])
}

fn patch(service: &Service) -> Schema {
    let page = |name| optional(name, uri().with("maxLength", 512).or_null());
    object([
        optional("name", display_name()),
        optional("redirect_uris", redirect_uris().or_null()),
        optional("post_logout_redirect_uris", redirect_uris().or_null()),
        optional("scopes", list(named("Scope")).with("maxItems", service.scopes.len())),
        optional("grant_types", grant_types()),
        optional("token_endpoint_auth_method", auth_method()).about("Cannot be changed"),
        optional("id_token_signed_response_alg", signing_algorithm()),
        optional("jwks", named("KeySet").or_null()),
        page("jwks_uri"),
        page("client_uri"),
        page("logo_uri"),
        page("policy_uri"),
        page("tos_uri"),
        optional("event_subscriptions", list(string()).with("maxItems", 50).or_null()),
    ])
}

fn etag() -> Header {
    Header::new("ETag", "The version of the configuration")
}

fn me() -> Schema {
    let claims: [Field; 4] = [
        optional("name", string()),
        optional("email", string()),
        optional("email_verified", flag()),
        optional("locale", string()),
    ];
    let partly = object([field("id", uuid())]).and(claims);
    object([
        field("token_type", one_of(["user", "admin", "oauth_client"])),
        field("user", any_of([named("User"), partly]).or_null()).about("null if an app acts for itself"),
        field("account", object([field("id", uuid())])),
        field("client", object([field("client_id", string()), field("name", string())]).or_null()),
        field("scopes", list(string()).or_null()).about("null if scopes do not apply"),
        field(
            "session",
            object([field("id", uuid()), field("created_at", time()), field("expires_at", time())]).or_null(),
        ),
    ])
}

fn page() -> Schema {
    object([field("apps", list(named("App"))), next_cursor(uuid())])
}

fn templates() -> Schema {
    let settings = object([
        field("token_endpoint_auth_method", auth_method()),
        field("grant_types", grant_types()),
        field("scopes", list(string())),
    ]);
    let template = object([
        field("id", string()),
        field("name", string()),
        field("description", string()),
        field("required", list(string())).about("The settings that are required beside the template"),
        field("settings", settings),
    ]);
    object([field("templates", list(template))])
}
