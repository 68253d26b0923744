//! Events that integrations report, and that the server records itself.

use serde_json::json;
use shared::domain::event::idempotency::IdempotencyKey;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{limit, next_cursor};
use crate::model::{
    Answer, Caller, Content, Dialect, Header, Place, Schema, any_object, any_of, api, field, integer, list, named,
    object, optional, post, string, time, uuid,
};

pub(super) fn area() -> Area {
    let key = optional(IdempotencyKey::HEADER, string().with("minLength", 1).with("maxLength", 255));
    let created = Answer::new(
        201,
        "The stored event, or the event of the earlier request with this key.",
        Content::Json(named("Event")),
    );
    Area {
        name: "Events",
        about: "Integrations report events in an account, and clients read them in order.",
        operations: vec![
            post("/v2/event", "events-create", "Post an event", Dialect::Resource)
                .about("Appends the event to those of the account.")
                .by(Caller::Scope(Scope::EVENT_WRITE))
                .parameter(Place::Header, key.about("A repeated request with the same key creates no second event"))
                .takes(object([
                    field("type", kind()).about("The type of the event, such as order.placed; the types of our own events are reserved"),
                    field("data", any_object()).about("The event's data: at most 32 KiB and 16 levels"),
                    optional("occurred_at", time()).about("The time of the event; default: now"),
                ]))
                .example(json!({"type": "order.placed", "data": {"order": 17}}))
                .answers(created.header(
                    Header::new("Idempotent-Replayed", "true if the event was stored by an earlier request").or_none(),
                ))
                .refuses([ApiCode::IdempotencyKeyReused, ApiCode::RateLimited]),
            api("events-list", "List the account's events")
                .about("In their order, oldest first. An app gets those that its scopes let it read. After the last page, continue with the sequence of the last event as cursor.")
                .by(Caller::Scope(Scope::EVENT_READ))
                .takes(object([
                    limit(),
                    optional("cursor", any_of([string().with("pattern", "^[0-9]+$"), integer().with("minimum", 0)]))
                        .about("The next_cursor of an earlier response, or the sequence of an event"),
                    optional("type", kind()).about("Only events of this type"),
                ]))
                .example(json!({"limit": 10}))
                .gives(object([field("events", list(named("Event"))), next_cursor(string())]), "One page."),
        ],
    }
}

/// The type of an event.
pub(super) fn kind() -> Schema {
    string().with("maxLength", 64).with("pattern", "^[a-z0-9_]+([.][a-z0-9_]+)*$")
}

/// An event.
pub(super) fn event() -> Schema {
    object([
        field("id", uuid()),
        field("sequence", integer().with("minimum", 1))
            .about("The event's number in the account, in their order; a number has no event if storing it failed"),
        field("type", kind()),
        field("data", any_object()),
        field("occurred_at", time()),
        field("created_at", time()),
        field("client_id", string().or_null())
            .about("The app that posted the event, or that a built-in event is about"),
        field("user_id", uuid().or_null())
            .about("The user who posted the event, for whom the app posted it, or whom a built-in event is about"),
    ])
}
