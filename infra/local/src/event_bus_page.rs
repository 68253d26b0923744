//! `/dev/event-bus.json`: the events that were put onto the bus, for developers and tests. No deployment has it.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, Response};
use serde_json::json;

use crate::event_bus::EventBus;
use crate::mailbox_pages::{answer, is_of_this_machine};

/// Its path.
pub const PATH: &str = "/dev/event-bus.json";

/// The response to a request for it, from this machine; `None` for every other request.
pub fn response(bus: &EventBus, request: &Parts) -> Option<Response<Body>> {
    let is_asked = request.uri.path() == PATH && matches!(request.method, Method::GET | Method::HEAD);
    let entries = (is_asked && is_of_this_machine(&request.headers)).then(|| bus.entries())?;
    Some(answer("application/json", None, json!({ "entries": entries }).to_string()))
}
