//! Tokens that are signed.

pub mod access_token;
pub mod id_token;
