//! HTTP as the functions see it: typed requests in, typed replies out, one dialect for each kind of endpoint.

pub mod app_path;
pub mod authorization_parameters;
pub mod bearer;
pub mod cors;
pub mod entity_tag;
pub mod error;
pub mod methods;
mod oauth_request;
pub mod page;
pub mod reply;
pub mod request;
pub mod view;

pub use reply::Response;
pub use request::{Head, Request};
