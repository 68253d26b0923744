//! The document: every endpoint of the bundle, a file for each area.

mod apps;
mod area;
mod audit;
mod authorization;
mod contacts;
mod deletion;
mod discovery;
mod events;
mod managed;
mod management;
mod messages;
mod named_schemas;
mod oauth;
mod operators;
mod pages;
mod profile;
mod registration;
mod schemas;
mod signing_in;
mod tokens;
mod user_keys;
mod webhooks;

pub(crate) use area::Area;

use crate::Service;
use crate::model::{Message, Schema};

/// The description of every endpoint of a service.
#[derive(Debug)]
pub struct Document {
    pub(crate) service: Service,
    pub(crate) about: &'static str,
    pub(crate) areas: Vec<Area>,
    /// What is sent to the webhooks of apps.
    pub(crate) messages: Vec<Message>,
    /// The named schemas.
    pub(crate) schemas: Vec<(&'static str, Schema)>,
}

const ABOUT: &str = "Users register, sign in and allow apps to act for them; programs get tokens for your API.

The format of an error depends on the endpoint: an envelope under `/api/<name>`, RFC 6749 §5.2 at the OAuth endpoints, `{\"error\":{…}}` in the management API, and a page at the endpoints for browsers. \
Every endpoint supports `OPTIONS`, and returns 405 with `Allow` for other methods. An unknown path returns 404. Unknown fields are ignored, and `null` is treated as absent. \
Bodies have at most 64 KiB. Every response has an `x-request-id`, which identifies the request in the log. In front of the endpoints, API Gateway returns 429 by itself when its throttling limit is reached.";

impl Document {
    /// The document.
    pub fn of(service: Service) -> Self {
        Self {
            about: ABOUT,
            areas: vec![
                signing_in::area(&service),
                profile::area(&service),
                deletion::area(),
                apps::area(&service),
                authorization::area(),
                tokens::area(),
                registration::area(),
                management::area(&service),
                events::area(),
                user_keys::area(&service),
                contacts::area(),
                audit::area(),
                operators::area(),
                discovery::area(),
                pages::area(),
            ],
            messages: messages::messages(),
            schemas: named_schemas::all(&service),
            service,
        }
    }
}
