//! Taking one's data along, and leaving.

use serde_json::json;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{cursor, next_cursor, password};
use crate::model::{Caller, Schema, api, email, field, list, named, object, one_of, optional, text, time, uri, uuid};

pub(super) fn area() -> Area {
    Area {
        name: "Leaving",
        about: "Users take their data along, and leave for good.",
        operations: vec![
            api("users-export", "Export everything about a user")
                .about("Page by page; a list that stands in several pages goes on from one to the next.")
                .by(Caller::PersonsScope(Scope::GDPR_READ))
                .takes(object([cursor(text())]))
                .example(json!({}))
                .gives(object([field("export", export()), next_cursor(text())]), "One page."),
            api("users-delete", "Delete a user")
                .about("Deletes whom the token speaks for, and all that is theirs.")
                .by(Caller::PersonsScope(Scope::GDPR_WRITE))
                .takes(object([optional("password", password()).about("Required of a user; an app cannot know it")]))
                .example(json!({"password": "your-secure-password"}))
                .gives(object([]), "They are gone, and nothing of theirs works any more.")
                .refuses([ApiCode::Conflict, ApiCode::RateLimited]),
        ],
    }
}

/// A page of an export.
pub(super) fn export() -> Schema {
    let link = object([field("issuer", uri()), field("subject", text()), field("linked_at", time())]);
    let user = object([
        field("id", uuid()),
        field("account_id", uuid()),
        field("email", email().or_null()),
        field("email_verified_at", time().or_null()),
        optional("username", text()),
        optional("upstream", list(link)),
        field("name", text()),
        field("locale", text().or_null()),
        field("role", one_of(["owner", "member"])),
        field("created_at", time()),
    ]);
    let session = object([
        field("id", uuid()),
        field("kind", one_of(["api", "browser", "app", "user_key"])),
        field("client_id", text().or_null()),
        field("scopes", text().or_null()),
        field("address", text()),
        field("user_agent", text()),
        field("created_at", time()),
        field("last_used_at", time()),
        field("ends_at", time()),
        field("revoked_at", time().or_null()),
    ]);
    let consent = object([
        field("client_id", text()),
        field("scopes", text()),
        field("created_at", time()),
        field("updated_at", time()),
    ]);
    let key = object([
        field("user_key", text()),
        field("name", text()),
        field("created_at", time()),
        field("last_used_at", time().or_null()),
        field("last_used_from", text().or_null()),
    ]);
    object([
        optional("user", user).about("On the first page"),
        optional("sessions", list(session)).about("On the first page"),
        optional("connected_apps", list(consent)).about("On the first page"),
        optional("user_keys", list(key)).about("On the first page"),
        optional("apps", list(named("App"))).about("On the first page"),
        field("contacts", list(named("Contact"))),
        field("posted_events", list(named("Event"))),
        field("events", list(named("AuditEvent"))).about("The audit trail"),
    ])
}
