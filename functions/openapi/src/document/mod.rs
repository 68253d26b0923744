//! The document: every endpoint of the bundle, a file for each area.

mod apps;
mod area;
mod audit;
mod authorization;
mod contacts;
mod discovery;
mod events;
mod leaving;
mod management;
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

pub(crate) use area::Area;

use crate::Service;
use crate::model::Schema;

/// What every endpoint of a service takes and answers.
#[derive(Debug)]
pub struct Document {
    pub(crate) service: Service,
    pub(crate) about: &'static str,
    pub(crate) areas: Vec<Area>,
    /// The shapes that have names.
    pub(crate) schemas: Vec<(&'static str, Schema)>,
}

const ABOUT: &str = "Users register and sign in, allow apps to act for them, and programs get tokens for your API.

Errors are told in the dialect of the endpoint: in an envelope under `/api/<name>`, as RFC 6749 §5.2 says at the OAuth endpoints, as `{\"error\":{…}}` in the management API, and as a page where users are. \
Every endpoint answers `OPTIONS`, and 405 with `Allow` to methods that it does not have; what is not here is 404. Unknown fields are ignored, and `null` counts as absent. \
Bodies have at most 64 KiB. Every answer has an `x-request-id`, by which it is found in the log. In front of the endpoints, API Gateway answers 429 by itself when there is far too much to do.";

impl Document {
    /// The document.
    pub fn of(service: Service) -> Self {
        Self {
            about: ABOUT,
            areas: vec![
                signing_in::area(&service),
                profile::area(&service),
                leaving::area(),
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
            schemas: named_schemas::all(&service),
            service,
        }
    }
}
