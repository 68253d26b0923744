//! Hashes that other systems made, and argon2 with parameters that are not the current ones.
//!
//! They come with imported users and are verified until the first right sign-in, which replaces them. Each is stored as
//! one string that names its algorithm: bcrypt in its own form, everything else as a PHC string.

mod argon2;
mod bcrypt;
mod bounds;
mod firebase;
mod parameters;
mod pbkdf2;
mod scrypt;

use ::argon2::password_hash::phc;

const UNKNOWN: &str = "must be a hash of bcrypt ($2a$, $2b$, $2y$), or a PHC string of argon2i, argon2id, scrypt, \
                       firebase-scrypt, pbkdf2, pbkdf2-sha256 or pbkdf2-sha512";

/// A hash of another system.
#[derive(Clone)]
pub(super) struct ForeignHash(Algorithm);

#[derive(Clone)]
enum Algorithm {
    Argon2(argon2::Argon2Hash),
    Bcrypt(bcrypt::BcryptHash),
    Firebase(firebase::FirebaseHash),
    Pbkdf2(pbkdf2::Pbkdf2Hash),
    Scrypt(scrypt::ScryptHash),
}

impl ForeignHash {
    /// Reads a hash by the identifier of its algorithm. Its cost is bounded here, so that no stored string can exhaust a
    /// function.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it, which has nothing of the hash.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // The identifier decides: `argon2` reports the hash of another algorithm as one with wrong parameters.
        let identifier = text.strip_prefix('$').and_then(|rest| rest.split('$').next()).unwrap_or_default();
        let algorithm = match identifier {
            "2a" | "2b" | "2y" => Algorithm::Bcrypt(bcrypt::BcryptHash::parse(text)?),
            "argon2i" | "argon2id" => Algorithm::Argon2(argon2::Argon2Hash::parse(&phc(text)?)?),
            "firebase-scrypt" => Algorithm::Firebase(firebase::FirebaseHash::parse(&phc(text)?)?),
            "pbkdf2" | "pbkdf2-sha1" | "pbkdf2-sha256" | "pbkdf2-sha512" => {
                Algorithm::Pbkdf2(pbkdf2::Pbkdf2Hash::parse(&phc(text)?)?)
            }
            "scrypt" => Algorithm::Scrypt(scrypt::ScryptHash::parse(&phc(text)?)?),
            _ => return Err(UNKNOWN.to_owned()),
        };
        Ok(Self(algorithm))
    }

    /// Returns whether it is a hash of this password.
    pub(super) fn is_hash_of(&self, password: &[u8]) -> bool {
        match &self.0 {
            Algorithm::Argon2(hash) => hash.is_hash_of(password),
            Algorithm::Bcrypt(hash) => hash.is_hash_of(password),
            Algorithm::Firebase(hash) => hash.is_hash_of(password),
            Algorithm::Pbkdf2(hash) => hash.is_hash_of(password),
            Algorithm::Scrypt(hash) => hash.is_hash_of(password),
        }
    }
}

fn phc(text: &str) -> Result<phc::PasswordHash, String> {
    let hash = phc::PasswordHash::new(text).ok().filter(|hash| hash.salt.is_some() && hash.hash.is_some());
    hash.ok_or_else(|| "must be a PHC string with a salt of 8 to 48 bytes and a hash of 10 to 64 bytes".to_owned())
}

#[cfg(test)]
mod tests;
