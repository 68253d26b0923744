//! Tokens for which nothing is stored: they say what they are about, and are signed.
//!
//! A prefix that scanners find, and base64url(MAC key id ‖ content ‖ HMAC-SHA256 of all before). The content of a kind of token
//! has one length.

use crate::domain::crypto::base64url;
use crate::domain::crypto::mac_keys::{MacKeys, Purpose};
use crate::domain::crypto::secret::Secret;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

const KEY_ID: usize = 4;
const MAC: usize = 32;

/// Makes a token.
///
/// # Errors
///
/// [`Fault::Unavailable`] when no MAC key may be used yet.
pub fn issue(
    (prefix, purpose): (&str, Purpose),
    content: &[u8],
    keys: &MacKeys,
    now: Timestamp,
) -> Result<Secret, Fault> {
    let (mut bytes, mac) = keys.sign(purpose, now, |key_id| [key_id.as_slice(), content].concat())?;
    bytes.extend_from_slice(mac.as_ref());
    Ok(Secret::new(format!("{prefix}{}", base64url::encode(&bytes))))
}

/// Verifies a token, and returns its content; `None` for a string that is not ours.
pub fn open<const N: usize>((prefix, purpose): (&str, Purpose), text: &str, keys: &MacKeys) -> Option<[u8; N]> {
    // Base64 has four characters for three bytes.
    let longest = (KEY_ID + N + MAC).div_ceil(3) * 4;
    let encoded = text.strip_prefix(prefix).filter(|encoded| encoded.len() <= longest)?;
    let bytes = base64url::decode(encoded)?;
    let (message, mac) = bytes.split_at_checked(KEY_ID + N)?;
    let (&key_id, content) = message.split_first_chunk::<KEY_ID>()?;
    keys.verify(purpose, key_id, message, mac).filter(|is_ours| *is_ours)?;
    content.try_into().ok()
}
