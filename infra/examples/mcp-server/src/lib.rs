//! An MCP server that is protected as the MCP authorization specification (2026-07-28) says: it names the issuer whose
//! tokens it takes, takes only those that were made for it, and says which scope a tool needs.

mod caller;
pub mod cause;
mod challenge;
mod contacts;
mod guard;
pub mod keys;
mod metadata;
mod scope;
mod server;
pub mod settings;
mod token;
mod tools;

pub use server::serve;
