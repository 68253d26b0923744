//! Passwords: users choose them, so they need a slow hash.

mod common;
mod memory;
mod policy;
mod typed;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Block, Params, PasswordVerifier, Version};
use aws_lc_rs::constant_time;
use serde::{Deserialize, Serialize};

use crate::domain::crypto::random;
use memory::MEMORY_KIB;

pub use policy::{PasswordPolicy, Personal};
pub use typed::Password;

/// The cost of one hash, with [`MEMORY_KIB`]: OWASP's first choice for argon2id (19 MiB, two passes, one lane).
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// The bytes of a salt and of a hash.
const SALT: usize = 16;
const HASH: usize = 32;

/// A password's hash, as a PHC string.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The hash as read from a table.
    pub const fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// A hash that no password matches, of the same cost as a real one.
    fn dummy() -> Self {
        let salt = "AAAAAAAAAAAAAAAAAAAAAA";
        let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        Self(format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}"))
    }

    /// Returns whether it has other than the current parameters.
    fn is_outdated(&self) -> bool {
        phc::PasswordHash::new(&self.0).is_ok_and(|hash| !is_current(&hash))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password hash]")
    }
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The password is right.
    Right,
    /// The password is right, and its hash should be replaced by this one with the current parameters.
    Outdated(PasswordHash),
    /// The password is wrong, or there is no such user.
    Wrong,
}

/// Hashes passwords on a separate thread.
#[derive(Debug, Default)]
pub struct Passwords {
    hashes: AtomicU64,
}

/// The hashing thread stopped, which only a shutdown or a panic can cause.
#[derive(Debug)]
pub struct HashingFailed(String);

impl fmt::Display for HashingFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the password could not be hashed: {}", self.0)
    }
}

impl std::error::Error for HashingFailed {}

impl Passwords {
    /// The number of computed hashes: the measure of work, which must be the same for existing and unknown users.
    pub fn hashes(&self) -> u64 {
        self.hashes.load(Ordering::Relaxed)
    }

    /// Hashes a new password.
    ///
    /// # Errors
    ///
    /// [`HashingFailed`] only.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, HashingFailed> {
        let password = password.clone();
        self.off_thread(move |memory| hash(&password, memory)).await?
    }

    /// Verifies a password against a user's hash, or does the same work if there is no user.
    ///
    /// # Errors
    ///
    /// [`HashingFailed`] only.
    pub async fn verify(
        &self,
        password: &Password,
        expected: Option<&PasswordHash>,
    ) -> Result<Verified, HashingFailed> {
        let outdated = expected.is_some_and(PasswordHash::is_outdated);
        let candidate = password.clone();
        let phc = expected.cloned().unwrap_or_else(PasswordHash::dummy);
        let is_right = self.off_thread(move |memory| is_hash_of(&phc, &candidate, memory)).await?;
        match (is_right && expected.is_some(), outdated) {
            (false, _) => Ok(Verified::Wrong),
            (true, false) => Ok(Verified::Right),
            (true, true) => Ok(Verified::Outdated(self.hash(password).await?)),
        }
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut [Block]) -> T + Send + 'static,
    ) -> Result<T, HashingFailed> {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        let turn = memory::turn().await;
        let hashing = tokio::task::spawn_blocking(move || memory::lend(turn, work));
        hashing.await.map_err(|error| HashingFailed(error.to_string()))
    }
}

fn hash(password: &Password, memory: &mut [Block]) -> Result<PasswordHash, HashingFailed> {
    let salt = random::bytes::<SALT>();
    let hash = argon2id(password, &salt, memory).map_err(|error| HashingFailed(error.to_string()))?;
    let phc = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2().params()).map_err(|error| HashingFailed(error.to_string()))?,
        salt: Some(Salt::new(&salt).map_err(|error| HashingFailed(error.to_string()))?),
        hash: Some(Output::new(&hash).map_err(|error| HashingFailed(error.to_string()))?),
    };
    Ok(PasswordHash(phc.to_string()))
}

fn is_hash_of(stored: &PasswordHash, password: &Password, memory: &mut [Block]) -> bool {
    let Ok(stored) = phc::PasswordHash::new(&stored.0) else { return false };
    if !is_current(&stored) {
        return argon2().verify_password(password.expose().as_bytes(), &stored).is_ok();
    }
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else { return false };
    argon2id(password, salt.as_ref(), memory)
        .is_ok_and(|hash| constant_time::verify_slices_are_equal(&hash, expected.as_bytes()).is_ok())
}

fn is_current(stored: &phc::PasswordHash) -> bool {
    let parameters = Params::try_from(stored).map(|p| (p.m_cost(), p.t_cost(), p.p_cost()));
    stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && parameters == Ok((MEMORY_KIB, PASSES, LANES))
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

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordHasher;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn a_password_is_hashed_whole() {
        let passwords = Passwords::default();
        let long = |end: &str| Password::parse(&format!("{}{end}", "x".repeat(200))).unwrap();
        let stored = block_on(passwords.hash(&long("a\u{0}a"))).unwrap();
        assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.0);
        assert_eq!(block_on(passwords.verify(&long("a\u{0}a"), Some(&stored))).unwrap(), Verified::Right);
        assert_eq!(block_on(passwords.verify(&long("a\u{0}b"), Some(&stored))).unwrap(), Verified::Wrong);
    }

    #[test]
    fn an_unknown_user_costs_as_many_hashes_as_a_known_one() {
        let passwords = Passwords::default();
        let password = Password::parse("correct horse battery staple").unwrap();
        assert_eq!(block_on(passwords.verify(&password, None)).unwrap(), Verified::Wrong);
        assert_eq!(passwords.hashes(), 1);
        assert!(!PasswordHash::dummy().is_outdated(), "the dummy must cost as much as a real hash");
    }

    #[test]
    fn an_outdated_hash_is_replaced_when_the_password_is_right() {
        let passwords = Passwords::default();
        let password = Password::parse("correct horse battery staple").unwrap();
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
        let old: phc::PasswordHash = cheap.hash_password_with_salt(b"correct horse battery staple", &[7; 16]).unwrap();
        let old = PasswordHash::from_stored(old.to_string());
        let Verified::Outdated(new) = block_on(passwords.verify(&password, Some(&old))).unwrap() else {
            panic!("not replaced")
        };
        assert_eq!(block_on(passwords.verify(&password, Some(&new))).unwrap(), Verified::Right);
    }

    #[test]
    fn a_damaged_hash_matches_no_password() {
        let passwords = Passwords::default();
        let password = Password::parse("anything").unwrap();
        for damaged in ["", "x", "$argon2id$v=19$m=19456,t=2,p=1$AAAA"] {
            let stored = PasswordHash::from_stored(damaged.to_owned());
            assert_eq!(block_on(passwords.verify(&password, Some(&stored))).unwrap(), Verified::Wrong);
        }
    }
}
