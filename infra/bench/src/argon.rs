//! Bare argon2 with the parameters of our passwords.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::failure::Failure;
use crate::gateway::PASSWORD;
use crate::schedule::this_thread;

/// The average CPU time of one password verification: 19 MiB, two passes, one lane, as in `shared::domain::password`.
///
/// # Errors
///
/// When argon2 does not accept the parameters.
pub fn cpu(hashes: u32) -> Result<Duration, Failure> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, None).map_err(text)?);
    let stored: PasswordHash = argon2.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).map_err(text)?;
    let stored = stored.to_string();
    let before = this_thread()?;
    for _ in 0..hashes {
        argon2.verify_password(PASSWORD.as_bytes(), stored.as_str()).map_err(text)?;
    }
    Ok(this_thread()?.saturating_sub(before) / hashes)
}

fn text(error: impl ToString) -> Failure {
    error.to_string().into()
}
