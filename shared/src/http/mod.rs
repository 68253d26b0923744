//! HTTP as the functions see it: typed requests in, typed replies out, one dialect for each kind of endpoint.

pub mod api_error;
pub mod authorization_parameters;
pub mod authorize_error;
pub mod bearer;
pub mod cookie;
pub mod cors;
pub mod entity_tag;
pub mod failure;
pub mod fields;
pub mod form_guard;
pub mod oauth_reply;
mod oauth_request;
pub mod page;
pub mod page_error;
pub mod reply;
pub mod request;
pub mod resource_error;
mod strict_json;

pub use failure::{Failure, Refusal};
pub use fields::{Fields, Mistakes};
pub use reply::Response;
pub use request::{Head, Request};
