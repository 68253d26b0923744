//! Data export and account deletion.

use serde_json::json;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{cursor, next_cursor, password};
use super::webhooks::webhook;
use crate::model::{Caller, Schema, api, email, field, list, named, object, one_of, optional, string, time, uri, uuid};

pub(super) fn area() -> Area {
    Area {
        name: "Export and deletion",
        about: "Users export their data and delete their account.",
        operations: vec![
            api("users-export", "Export a user's data")
                .about("Returns the data page by page; a list can continue on the next page.")
                .by(Caller::UserScope(Scope::GDPR_READ))
                .takes(object([cursor(string())]))
                .example(json!({}))
                .gives(object([field("export", export()), next_cursor(string())]), "One page."),
            api("users-delete", "Delete a user")
                .about("Deletes the user of the token and all of their data. Nothing of the user works from then on. Until `restorable_until`, their data is kept, and they keep the account by `auth-login` with `restore`, at the sign-in page, or by the link in the mail that tells of it. An app alone never deletes at once.")
                .by(Caller::UserScope(Scope::GDPR_WRITE))
                .takes(object([optional("password", password()).about("Required from a user; an app cannot know it")]))
                .example(json!({"password": "your-secure-password"}))
                .gives(
                    object([field("restorable_until", time().or_null()).about("`null` where it cannot be undone")]),
                    "The user is deleted, and their sessions and tokens are revoked.",
                )
                .refuses([ApiCode::Conflict, ApiCode::RateLimited]),
        ],
    }
}

/// A page of an export.
pub(super) fn export() -> Schema {
    let link = object([field("issuer", uri()), field("subject", string()), field("linked_at", time())]);
    let user = object([
        field("id", uuid()),
        field("account_id", uuid()),
        field("email", email().or_null()),
        field("email_verified_at", time().or_null()),
        optional("username", string()),
        optional("upstream", list(link)),
        field("name", string()),
        field("locale", string().or_null()),
        field("role", one_of(["owner", "member"])),
        field("created_at", time()),
    ]);
    let session = object([
        field("id", uuid()),
        field("kind", one_of(["api", "browser", "app", "user_key"])),
        field("client_id", string().or_null()),
        field("scopes", string().or_null()),
        field("address", string()),
        field("user_agent", string()),
        field("created_at", time()),
        field("last_used_at", time()),
        field("ends_at", time()),
        field("revoked_at", time().or_null()),
    ]);
    let resource = object([field("resource", string()), field("scopes", string())]);
    let consent = object([
        field("client_id", string()),
        field("scopes", string()),
        field("resources", list(resource)).about("The scopes at other APIs"),
        field("created_at", time()),
        field("updated_at", time()),
    ]);
    let key = object([
        field("user_key", string()),
        field("name", string()),
        field("created_at", time()),
        field("last_used_at", time().or_null()),
        field("last_used_from", string().or_null()),
    ]);
    object([
        optional("user", user).about("On the first page"),
        optional("sessions", list(session)).about("On the first page"),
        optional("connected_apps", list(consent)).about("On the first page"),
        optional("user_keys", list(key)).about("On the first page"),
        optional("apps", list(named("App"))).about("On the first page"),
        optional("webhooks", list(webhook().and([field("app_id", uuid())])))
            .about("Those of the apps, on the first page"),
        field("contacts", list(named("Contact"))),
        field("posted_events", list(named("Event"))),
        field("events", list(named("AuditEvent"))).about("The audit trail"),
    ])
}
