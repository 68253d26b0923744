//! PBKDF2 (RFC 8018 §5.2) with HMAC of SHA-1, SHA-256 or SHA-512, as the PHC string `$pbkdf2-sha256$i=…$salt$hash`.

use std::num::NonZeroU32;

use argon2::password_hash::phc;
use aws_lc_rs::pbkdf2::{self, Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};

use super::bounds::{MOST_ITERATIONS, TOO_COSTLY};
use super::parameters::{read, required};

#[derive(Clone)]
pub(super) struct Pbkdf2Hash {
    algorithm: Algorithm,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Pbkdf2Hash {
    pub(super) fn parse(hash: &phc::PasswordHash) -> Result<Self, String> {
        let [iterations, length] = read(hash, ["i", "l"])?;
        let iterations = required("i", iterations)?;
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else { return Err("must have a hash".to_owned()) };
        // Without a suffix it is SHA-1, as in the crate `pbkdf2` and in passlib.
        let (algorithm, block) = match hash.algorithm.as_str() {
            "pbkdf2-sha256" => (PBKDF2_HMAC_SHA256, 32),
            "pbkdf2-sha512" => (PBKDF2_HMAC_SHA512, 64),
            _ => (PBKDF2_HMAC_SHA1, 20),
        };
        if length.is_some_and(|length| usize::try_from(length) != Ok(output.len())) || hash.version.is_some() {
            return Err("must have a hash of the length l, and no version".to_owned());
        }
        let blocks = u64::try_from(output.len().div_ceil(block)).unwrap_or(u64::MAX);
        if u64::from(iterations).saturating_mul(blocks) > MOST_ITERATIONS {
            return Err(TOO_COSTLY.to_owned());
        }
        Ok(Self {
            algorithm,
            iterations: NonZeroU32::new(iterations).ok_or_else(|| "must have at least one iteration".to_owned())?,
            salt: salt.as_ref().to_vec(),
            hash: output.as_bytes().to_vec(),
        })
    }

    pub(super) fn is_hash_of(&self, password: &[u8]) -> bool {
        pbkdf2::verify(self.algorithm, self.iterations, &self.salt, password, &self.hash).is_ok()
    }
}
