//! A server for a test, and the people and programs that use it.

mod client;
mod driftwood;
mod http;
mod logs;
mod reply;
mod visitor;
mod wire;

pub use client::{Client, VERIFIER, challenge};
pub use driftwood::{Alice, Driftwood, PASSWORD, Program, claims};
pub use http::http;
pub use reply::Reply;
pub use visitor::Visitor;
pub use wire::{Call, Trouble};
