//! Events: what integrations say that happened.

use serde_json::json;
use shared::domain::event::idempotency::IdempotencyKey;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{limit, next_cursor};
use crate::model::{
    Answer, Caller, Content, Dialect, Header, Place, Schema, any_object, any_of, api, field, integer, list, named,
    object, optional, post, text, time, uuid,
};

pub(super) fn area() -> Area {
    let key = optional(IdempotencyKey::HEADER, text().with("minLength", 1).with("maxLength", 255));
    let created = Answer::new(
        201,
        "The event at its place, or the one that was kept under the key.",
        Content::Json(named("Event")),
    );
    Area {
        name: "Events",
        about: "Integrations say what happened in an account; whoever reads that gets it in order.",
        operations: vec![
            post("/v2/event", "events-create", "Post an event", Dialect::Resource)
                .about("Keeps the event behind all others of the account.")
                .by(Caller::Scope(Scope::EVENT_WRITE))
                .parameter(Place::Header, key.about("The same request with the same key is one event"))
                .takes(object([
                    field("type", kind()).about("What happened, such as order.placed; none of our own events"),
                    field("data", any_object()).about("What is known of it: at most 32 KiB, and 16 levels"),
                    optional("occurred_at", time()).about("When; without it, now"),
                ]))
                .example(json!({"type": "order.placed", "data": {"order": 17}}))
                .answers(created.header(
                    Header::new("Idempotent-Replayed", "true when it had been kept before").or_none(),
                ))
                .refuses([ApiCode::IdempotencyKeyReused]),
            api("events-list", "List the account's events")
                .about("In their order, the first one first. Behind the last page, go on with the sequence of the last event.")
                .by(Caller::Scope(Scope::EVENT_READ))
                .takes(object([
                    limit(),
                    optional("cursor", any_of([text().with("pattern", "^[0-9]+$"), integer().with("minimum", 0)]))
                        .about("The next_cursor of an earlier answer, or the sequence of an event"),
                    optional("type", kind()).about("Only events of this type"),
                ]))
                .example(json!({"limit": 10}))
                .gives(object([field("events", list(named("Event"))), next_cursor(text())]), "One page."),
        ],
    }
}

fn kind() -> Schema {
    text().with("maxLength", 64).with("pattern", "^[a-z0-9_]+([.][a-z0-9_]+)*$")
}

/// An event.
pub(super) fn event() -> Schema {
    object([
        field("id", uuid()),
        field("sequence", integer().with("minimum", 1)).about("Its place in the account; no number is left out"),
        field("type", kind()),
        field("data", any_object()),
        field("occurred_at", time()),
        field("created_at", time()),
        field("client_id", text().or_null()).about("The app that posted it"),
        field("user_id", uuid().or_null()).about("The user who posted it, or for whom the app did"),
    ])
}
