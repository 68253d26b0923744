//! The MCP server over HTTP, with an issuer of the tests' own: who gets in, who must not, and what each is told.
#![cfg(test)]

mod discovery;
mod issuer;
mod keys;
mod scopes;
mod server;
mod settings;
mod signing;
mod tokens;
mod transport;
