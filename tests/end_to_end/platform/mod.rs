//! The common behaviour of all endpoints, and checks across the workspace.

mod access_tokens;
mod aws_port;
mod bodies;
mod boxed;
pub mod calls;
mod documents;
mod dynamodb;
mod edge;
mod events;
mod faults;
mod flows;
mod imports;
pub mod items;
mod layers;
mod log_lines;
mod openapi;
mod parity;
mod sources;
mod styles;
mod tls;
mod unit_tests;
