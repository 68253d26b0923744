//! `/dev/event-bus.json`: the events that were put onto the bus, for developers and tests. No deployment has it.

use axum::body::Body;
use axum::http::Response;
use axum::http::request::Parts;
use serde_json::json;

use crate::developer_page::{answer, is_asked_by_this_machine};
use crate::event_bus::EventBus;

/// Its path.
pub const PATH: &str = "/dev/event-bus.json";

/// The response to a request for it, from this machine; `None` for every other request.
pub fn response(bus: &EventBus, request: &Parts) -> Option<Response<Body>> {
    let is_asked = request.uri.path() == PATH && is_asked_by_this_machine(request);
    let entries = is_asked.then(|| bus.entries())?;
    Some(answer("application/json", None, json!({ "entries": entries }).to_string()))
}
