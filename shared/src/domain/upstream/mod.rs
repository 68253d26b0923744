//! Sign-in with an upstream provider: requests and responses.

pub mod attempt;
pub mod claims;
pub mod client_secret;
pub mod id_token;
pub mod identity;
pub mod keys;
pub mod members;
pub mod metadata;
pub mod pending_link;
pub mod provider;
pub mod signed;
pub mod tokens;
