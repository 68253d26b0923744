//! Keys, secrets and the randomness that they are derived from.

pub mod addressed_secret;
pub mod base64url;
pub mod jwt;
pub mod mac_keys;
pub mod published_keys;
pub mod random;
pub mod secret;
pub mod signed_token;
pub mod signing_algorithm;
pub mod signing_keys;
