//! Sign-in with an upstream provider: requests and responses.

pub mod attempt;
pub mod claims;
pub mod identity;
pub mod pending_link;
pub mod provider;
