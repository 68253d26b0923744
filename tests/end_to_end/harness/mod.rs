//! A server for a test, and the users and programs that use it.

mod answer;
mod client;
mod device;
mod document;
mod document_server;
mod fake_service;
mod forged_provider;
mod grants;
mod http;
pub mod logs;
mod mail;
mod operator;
mod reply;
mod signer;
mod test_server;
mod upstream;
mod users;
mod visitor;
mod wire;

pub use client::{Client, VERIFIER, challenge};
pub use device::{DEVICE_GRANT, DeviceCodes};
pub use document::routed;
pub use document_server::{DocumentServer, Served, documents_of};
pub use fake_service::{FakeService, Recorded};
pub use forged_provider::{Asked, CLIENT_ID, CLIENT_SECRET, Forged};
pub use grants::granted;
pub use http::{behind_tls, http};
pub use mail::Mail;
pub use operator::{OPERATED, OPERATOR_ID, audit_line};
pub use reply::Reply;
pub use signer::{JWT_BEARER, Signer, assertion_claims, unsigned};
pub use test_server::{PASSWORD, TestServer, machine};
pub use upstream::{Bridge, client_of};
pub use users::{Alice, Program, claims};
pub use visitor::Visitor;
pub use wire::{Call, Trouble};
