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
use super::schemas::{
    auth_method, cursor, display_name, grant_types, limit, next_cursor, redirect_uris, signing_algorithm,
};
use crate::Service;
use crate::model::{
    Answer, Caller, Content, Dialect, Field, Header, Operation, Place, Schema, any_of, field, flag, get, integer, list,
    named, object, one_of, optional, post, text, time, uri, uuid,
};

/// Where an app's configuration is.
const CONFIG: &str = "/api/v1/apps/{appId}/config";
/// How long the templates may be kept, in seconds.
const TEMPLATES_MAX_AGE: u32 = 3_600;

pub(super) fn area(service: &Service) -> Area {
    let one = "/api/v1/apps/{appId}";
    Area {
        name: "Management",
        about: "The apps of an account, for programs: with user_read to read and user_write to change.",
        operations: vec![
            get("/api/v1/me", "v1-me", "Ask for whom the token speaks", Dialect::Resource)
                .by(Caller::Token)
                .gives_json(me(), "The user, the account, the app, the scopes and the session of the token."),
            get(APPS, "v1-apps-get", "List the account's apps", Dialect::Resource)
                .by(Caller::Scope(Scope::USER_READ))
                .query([limit(), cursor(uuid()), optional("include_revoked", flag())])
                .answers(
                    Answer::new(200, "One page, oldest first.", Content::Json(page()))
                        .header(Header::new("Link", "Where the next page is, if there is one (RFC 8288)").or_none()),
                ),
            post(APPS, "v1-apps-post", "Create an app", Dialect::Resource)
                .about("Its secret is in this answer and never again. An app that another app makes cannot have scopes that its maker lacks.")
                .by(Caller::Scope(Scope::USER_WRITE))
                .takes(
                    object([
                        field("name", display_name()),
                        optional("template", one_of(TEMPLATES.map(|template| template.id)))
                            .about("Says what is left out otherwise; see /api/v1/templates"),
                    ])
                    .and(settings(service))
                    .and([
                        optional("grant_types", grant_types()),
                        optional("token_endpoint_auth_method", auth_method()),
                    ]),
                )
                .example(json!({"name": "My Machine", "template": "machine"}))
                .answers(
                    Answer::new(201, "The app, and its secret.", Content::Json(named("NewApp")))
                        .header(Header::location("Where the app is")),
                )
                .refuses([ApiCode::Forbidden]),
            managed(get(one, "v1-apps-get-one", "Read an app", Dialect::Resource), Scope::USER_READ)
                .gives_json(named("App"), "The app."),
            managed(Operation::new(Method::DELETE, one, "v1-apps-delete", "Revoke an app", Dialect::Resource), Scope::USER_WRITE)
                .about("For good: its secret and its tokens stop working at once.")
                .answers(Answer::new(204, "The app is revoked.", Content::Nothing)),
            managed(get(CONFIG, "v1-app-config-get", "Read an app's configuration", Dialect::Resource), Scope::USER_READ)
                .parameter(Place::Header, optional("If-None-Match", text()).about("The ETag of what the caller has"))
                .answers(Answer::new(200, "The configuration.", Content::Json(named("AppConfig"))).header(etag()))
                .answers(Answer::new(304, "The caller has it already.", Content::Nothing).header(etag())),
            managed(
                Operation::new(Method::PATCH, CONFIG, "v1-app-config-patch", "Change an app's configuration", Dialect::Resource),
                Scope::USER_WRITE,
            )
            .about("A merge patch: what it does not name stays, and null takes away what can be absent.")
            .parameter(Place::Header, optional("If-Match", text()).about("The ETag of what the caller read: nothing is changed unless it is that still"))
            .takes_patch(patch(service))
            .example(json!({"name": "My App", "redirect_uris": ["https://app.example/callback"]}))
            .answers(Answer::new(200, "The configuration as it is now.", Content::Json(named("AppConfig"))).header(etag()))
            .refuses([ApiCode::Forbidden, ApiCode::AppRevoked, ApiCode::Conflict, ApiCode::PreconditionFailed]),
            managed(
                post("/api/v1/apps/{appId}/commands", "v1-app-commands", "Command an app", Dialect::Resource),
                Scope::USER_WRITE,
            )
            .about("Gives it a new secret, ends the tokens that it has, or keeps it out for a while.")
            .takes(object([
                field("command", one_of(["rotate_secret", "enable", "disable", "revoke_tokens"])),
                optional("overlap_seconds", integer().with("minimum", 0).with("maximum", *OVERLAP.end()))
                    .about("With rotate_secret: how long the old secret works beside the new one"),
            ]))
            .example(json!({"command": "rotate_secret", "overlap_seconds": 3600}))
            .gives_json(named("NewApp"), "The app as it is now, with its new secret if it got one.")
            .refuses([ApiCode::Forbidden, ApiCode::AppRevoked, ApiCode::Conflict]),
            get("/api/v1/templates", "v1-templates", "List ready-made settings", Dialect::Resource)
                .answers(
                    Answer::new(200, "All of them.", Content::Json(templates())).kept_for(TEMPLATES_MAX_AGE),
                ),
        ],
    }
}

/// A configuration.
pub(super) fn config() -> Schema {
    object([
        field("name", text()),
        field("redirect_uris", list(text())),
        field("post_logout_redirect_uris", list(text())),
        field("scopes", list(text())),
        field("grant_types", grant_types()),
        field("token_endpoint_auth_method", auth_method()),
        field("id_token_signed_response_alg", signing_algorithm()),
        field("jwks", named("KeySet").or_null()),
        field("jwks_uri", uri().or_null()),
        field("client_uri", uri().or_null()),
        field("logo_uri", uri().or_null()),
        field("policy_uri", uri().or_null()),
        field("tos_uri", uri().or_null()),
        field("event_subscriptions", list(text())).about("They are kept; nothing delivers them yet"),
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
        optional("event_subscriptions", list(text()).with("maxItems", 50).or_null()),
    ])
}

fn etag() -> Header {
    Header::new("ETag", "Which state this is")
}

/// An endpoint at an app's own address.
fn managed(operation: Operation, scope: &'static str) -> Operation {
    operation
        .by(Caller::Scope(scope))
        .parameter(Place::Path, field("appId", text()).about("The app's id"))
        .refuses([ApiCode::NotFound])
}

fn me() -> Schema {
    let claims: [Field; 4] = [
        optional("name", text()),
        optional("email", text()),
        optional("email_verified", flag()),
        optional("locale", text()),
    ];
    let partly = object([field("id", uuid())]).and(claims);
    object([
        field("token_type", one_of(["user", "admin", "oauth_client"])),
        field("user", any_of([named("User"), partly]).or_null()).about("Nobody, where an app speaks for itself"),
        field("account", object([field("id", uuid())])),
        field("client", object([field("client_id", text()), field("name", text())]).or_null()),
        field("scopes", list(text()).or_null()).about("null where scopes do not apply"),
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
        field("scopes", list(text())),
    ]);
    let template = object([
        field("id", text()),
        field("name", text()),
        field("description", text()),
        field("required", list(text())).about("What has to be said of such an app all the same"),
        field("settings", settings),
    ]);
    object([field("templates", list(template))])
}
