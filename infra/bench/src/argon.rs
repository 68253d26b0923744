//! Bare argon2 with the parameters of our passwords.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::failure::Failure;
use crate::gateway::PASSWORD;
use crate::schedule::this_thread;

/// A stored hash: 19 MiB, two passes, one lane, as in `shared::domain::password`.
#[derive(Clone)]
pub struct StoredHash {
    argon2: Argon2<'static>,
    hash: String,
}

impl StoredHash {
    /// Hashes a password.
    ///
    /// # Errors
    ///
    /// When argon2 does not accept the parameters.
    pub fn new() -> Result<Self, Failure> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, None).map_err(text)?);
        let hash: PasswordHash = argon2.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).map_err(text)?;
        Ok(Self { hash: hash.to_string(), argon2 })
    }

    /// The average CPU time of one verification.
    ///
    /// # Errors
    ///
    /// When the password is not the right one.
    pub fn cpu(&self, verifications: u32) -> Result<Duration, Failure> {
        let before = this_thread()?;
        for _ in 0..verifications {
            self.argon2.verify_password(PASSWORD.as_bytes(), self.hash.as_str()).map_err(text)?;
        }
        Ok(this_thread()?.saturating_sub(before) / verifications)
    }
}

fn text(error: impl ToString) -> Failure {
    error.to_string().into()
}
