//! The hash that new passwords get: argon2id with the current parameters.

use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;

use super::memory::MEMORY_KIB;
use super::typed::Password;
use crate::domain::crypto::random;

/// The cost of one hash, with [`MEMORY_KIB`]: OWASP's first choice for argon2id (19 MiB, two passes, one lane).
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// The bytes of a salt and of a hash.
const SALT: usize = 16;
const HASH: usize = 32;

/// Hashes a new password, as a PHC string.
///
/// # Errors
///
/// The cause, which has nothing of the password.
pub(super) fn hash(password: &Password, memory: &mut [Block]) -> Result<String, String> {
    let salt = random::bytes::<SALT>();
    let hash = argon2id(password, &salt, memory).map_err(|error| error.to_string())?;
    let phc = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2().params()).map_err(|error| error.to_string())?,
        salt: Some(Salt::new(&salt).map_err(|error| error.to_string())?),
        hash: Some(Output::new(&hash).map_err(|error| error.to_string())?),
    };
    Ok(phc.to_string())
}

/// A hash with the current parameters that no password matches.
pub(super) fn dummy() -> String {
    let salt = "AAAAAAAAAAAAAAAAAAAAAA";
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")
}

/// Returns whether a stored string is a hash with the current parameters.
pub(super) fn is_current(stored: &str) -> bool {
    let Ok(stored) = phc::PasswordHash::new(stored) else { return false };
    let parameters = Params::try_from(&stored).map(|p| (p.m_cost(), p.t_cost(), p.p_cost()));
    stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && parameters == Ok((MEMORY_KIB, PASSES, LANES))
        && stored.salt.is_some()
        && stored.hash.is_some_and(|hash| hash.len() == HASH)
}

/// Returns whether a hash with the current parameters is one of this password.
pub(super) fn is_hash_of(stored: &str, password: &Password, memory: &mut [Block]) -> bool {
    let Ok(stored) = phc::PasswordHash::new(stored) else { return false };
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else { return false };
    argon2id(password, salt.as_ref(), memory)
        .is_ok_and(|hash| constant_time::verify_slices_are_equal(&hash, expected.as_bytes()).is_ok())
}

fn argon2id(password: &Password, salt: &[u8], memory: &mut [Block]) -> Result<[u8; HASH], argon2::Error> {
    let mut hash = [0; HASH];
    argon2().hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut hash, memory)?;
    Ok(hash)
}

#[expect(clippy::expect_used, reason = "the parameters are constants, and a test hashes with them")]
fn argon2() -> Argon2<'static> {
    let parameters =
        Params::new(MEMORY_KIB, PASSES, LANES, None).expect("argon2 accepts its own recommended parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
}
