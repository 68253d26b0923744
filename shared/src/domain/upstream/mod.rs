//! Sign-in by another provider: what is asked for and what comes back.

pub mod attempt;
pub mod claims;
pub mod identity;
pub mod pending_link;
pub mod provider;
