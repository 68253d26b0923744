//! Signed tokens.

pub mod access_token;
pub mod id_token;
