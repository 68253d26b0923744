//! argon2i and argon2id (RFC 9106), with any parameters within the bounds.

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time;

use super::bounds::{MOST_MEMORY, MOST_WORK, TOO_COSTLY};
use super::parameters::{read, required};

#[derive(Clone)]
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    parameters: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Argon2Hash {
    pub(super) fn parse(hash: &phc::PasswordHash) -> Result<Self, String> {
        // Neither a key nor associated data: no secret of another system is known here.
        let [memory, passes, lanes] = read(hash, ["m", "t", "p"])?;
        let (memory, passes, lanes) = (required("m", memory)?, required("t", passes)?, required("p", lanes)?);
        let bytes = u64::from(memory) << 10;
        if bytes > MOST_MEMORY || bytes.saturating_mul(u64::from(passes)) > MOST_WORK {
            return Err(TOO_COSTLY.to_owned());
        }
        // A string without a version is of the first one, 1.0; the crate would take it for the last one, 1.3.
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from);
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else { return Err(wrong()) };
        Ok(Self {
            algorithm: Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| wrong())?,
            version: version.map_err(|_| "must be of version 16 or 19".to_owned())?,
            parameters: Params::new(memory, passes, lanes, Some(output.len())).map_err(|_| wrong())?,
            salt: salt.as_ref().to_vec(),
            hash: output.as_bytes().to_vec(),
        })
    }

    pub(super) fn is_hash_of(&self, password: &[u8]) -> bool {
        let argon2 = Argon2::new(self.algorithm, self.version, self.parameters.clone());
        let mut hash = vec![0; self.hash.len()];
        argon2.hash_password_into(password, &self.salt, &mut hash).is_ok()
            && constant_time::verify_slices_are_equal(&hash, &self.hash).is_ok()
    }
}

fn wrong() -> String {
    "must have parameters that argon2 allows".to_owned()
}
