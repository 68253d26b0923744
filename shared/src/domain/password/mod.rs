//! Passwords: users choose them, so they need a slow hash.

mod breached;
mod common;
mod current;
mod foreign;
mod memory;
mod policy;
mod typed;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::Block;
use serde::{Deserialize, Serialize};

use foreign::ForeignHash;

pub use breached::BreachDigest;
pub use policy::{PasswordPolicy, Personal};
pub use typed::Password;

/// A password's hash, as a string that names its algorithm: ours, or that of the system from which a user was imported.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

/// How a stored hash is verified.
enum Scheme {
    /// With the current parameters.
    Current,
    /// As the system that made it did.
    Foreign(ForeignHash),
    /// Not at all: no password matches it.
    Unreadable,
}

impl PasswordHash {
    /// The longest hash that is imported, in bytes; the longest of a known form has fewer.
    const LONGEST: usize = 300;

    /// The hash as read from a table.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Accepts a hash of another system: of a known form, and of a bounded cost.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it, which has nothing of the hash.
    pub fn import(text: &str) -> Result<Self, String> {
        if text.len() > Self::LONGEST {
            return Err(format!("must have at most {} bytes", Self::LONGEST));
        }
        ForeignHash::parse(text).map(|_| Self(text.to_owned()))
    }

    /// A hash that no password matches, of the same cost as a real one.
    fn dummy() -> Self {
        Self(current::dummy())
    }

    fn scheme(&self) -> Scheme {
        if current::is_current(&self.0) {
            return Scheme::Current;
        }
        ForeignHash::parse(&self.0).map_or(Scheme::Unreadable, Scheme::Foreign)
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
        let hash = self.off_thread(move |memory| current::hash(&password, memory)).await?;
        hash.map(PasswordHash).map_err(HashingFailed)
    }

    /// Verifies a password against a user's hash, or does the same work if there is no user.
    ///
    /// A hash of another system costs its own work and one of ours, whether the password is right or wrong, so that it is
    /// never faster than an unknown user.
    ///
    /// # Errors
    ///
    /// [`HashingFailed`] only.
    pub async fn verify(
        &self,
        password: &Password,
        expected: Option<&PasswordHash>,
    ) -> Result<Verified, HashingFailed> {
        match expected.map_or(Scheme::Unreadable, PasswordHash::scheme) {
            Scheme::Current => {
                let is_right = self.is_current_hash_of(expected.cloned(), password).await?;
                Ok(if is_right { Verified::Right } else { Verified::Wrong })
            }
            Scheme::Foreign(hash) => {
                let candidate = password.clone();
                let is_right = self.off_thread(move |_| hash.is_hash_of(candidate.expose().as_bytes())).await?;
                if is_right {
                    return Ok(Verified::Outdated(self.hash(password).await?));
                }
                self.is_current_hash_of(None, password).await?;
                Ok(Verified::Wrong)
            }
            Scheme::Unreadable => {
                self.is_current_hash_of(None, password).await?;
                Ok(Verified::Wrong)
            }
        }
    }

    /// Verifies a hash with the current parameters, or one that no password matches.
    async fn is_current_hash_of(
        &self,
        expected: Option<PasswordHash>,
        password: &Password,
    ) -> Result<bool, HashingFailed> {
        let (hash, password) = (expected.unwrap_or_else(PasswordHash::dummy), password.clone());
        self.off_thread(move |memory| current::is_hash_of(&hash.0, &password, memory)).await
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

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::phc;
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};

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
        assert!(current::is_current(&PasswordHash::dummy().0), "the dummy must cost as much as a real hash");
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
    fn a_hash_of_another_system_costs_one_of_ours_too_and_is_replaced_by_it() {
        let passwords = Passwords::default();
        let (right, wrong) = (Password::parse("Grüße an Ada, 1843").unwrap(), Password::parse("a guess").unwrap());
        let text = "$2b$10$eBeCbtQwmhrjOzbYkMIKiOtk.k3HjllTter5k75.V824rxogqeNo2";
        let imported = PasswordHash::import(text).unwrap();
        assert_eq!(block_on(passwords.verify(&wrong, Some(&imported))).unwrap(), Verified::Wrong);
        assert_eq!(passwords.hashes(), 2);
        let Verified::Outdated(new) = block_on(passwords.verify(&right, Some(&imported))).unwrap() else {
            panic!("not replaced")
        };
        assert_eq!(passwords.hashes(), 4);
        assert!(current::is_current(&new.0));
        assert_eq!(block_on(passwords.verify(&right, Some(&new))).unwrap(), Verified::Right);
        assert_eq!(format!("{imported:?}"), "[password hash]");
    }

    #[test]
    fn our_own_hashes_are_imported_too_and_long_texts_are_not() {
        let passwords = Passwords::default();
        let password = Password::parse("correct horse battery staple").unwrap();
        let ours = block_on(passwords.hash(&password)).unwrap();
        assert_eq!(PasswordHash::import(&ours.0).unwrap(), ours);
        assert!(PasswordHash::import(&"$".repeat(301)).unwrap_err().contains("300 bytes"));
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
