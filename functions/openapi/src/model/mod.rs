//! A model of an HTTP API: the part of OpenAPI 3.1 that we need.
//!
//! What many endpoints have in common (error responses, headers, the errors for a wrong token) is derived here, so that the
//! description of an endpoint has only what is specific to it.

mod answer;
pub(crate) mod caller;
mod codes;
mod message;
mod operation;
mod schema;

pub(crate) use answer::request_id;
pub use answer::{Answer, Content, Dialect, Header};
pub use caller::Caller;
pub use message::Message;
pub(crate) use operation::JSON;
pub use operation::{Address, Body, Operation, Parameter, Place, api, get, post};
pub(crate) use schema::Shape;
pub use schema::{
    Field, Schema, any_object, any_of, constant, email, field, flag, integer, list, map, named, number, object, one_of,
    optional, string, time, uri, uuid,
};
