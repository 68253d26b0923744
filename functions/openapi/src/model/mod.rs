//! What an HTTP API is made of, as far as ours needs it: OpenAPI 3.1 in fewer words.
//!
//! Everything that is the same at many endpoints (how refusals look, which headers there are, what a token leads to) is
//! derived here, so that an endpoint's own description says only what is its own.

mod answer;
pub(crate) mod caller;
mod codes;
mod operation;
mod schema;

pub(crate) use answer::request_id;
pub use answer::{Answer, Content, Dialect, Header};
pub use caller::Caller;
pub(crate) use operation::JSON;
pub use operation::{Address, Body, Operation, Parameter, Place, api, get, post};
pub(crate) use schema::Shape;
pub use schema::{
    Field, Schema, any_object, any_of, constant, email, field, flag, integer, list, map, named, number, object, one_of,
    optional, text, time, uri, uuid,
};
