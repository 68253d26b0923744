//! A server for a test, and the people and programs that use it.

mod client;
mod device;
mod document;
mod document_server;
mod driftwood;
mod http;
mod logs;
mod mail;
mod operator;
mod reply;
mod signer;
mod visitor;
mod wire;

pub use client::{Client, VERIFIER, challenge};
pub use device::{DEVICE_GRANT, DeviceCodes};
pub use document::routed;
pub use document_server::{DocumentServer, Served};
pub use driftwood::{Alice, Driftwood, PASSWORD, Program, claims};
pub use http::{behind_tls, http};
pub use operator::{OPERATED, OPERATOR_ID, deed};
pub use reply::Reply;
pub use signer::{JWT_BEARER, Signer, assertion_claims, unsigned};
pub use visitor::Visitor;
pub use wire::{Call, Trouble};
