//! Tokens and the keys that make them.

pub mod access_token;
pub mod id_token;
pub mod key_refresh_token;
pub mod mac_keys;
pub mod placed_secret;
pub mod published_keys;
pub mod refresh_token;
pub mod signing_keys;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Base64url without padding (RFC 7515 §2).
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding; nothing else is accepted, so every value has one form only.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
