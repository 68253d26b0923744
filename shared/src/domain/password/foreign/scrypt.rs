//! scrypt (RFC 7914), as the PHC string `$scrypt$ln=…,r=…,p=…$salt$hash`.

use argon2::password_hash::phc;
use aws_lc_rs::constant_time;
use scrypt::Params;

use super::bounds::{MOST_MEMORY, MOST_WORK, TOO_COSTLY};
use super::parameters::{read, required};

#[derive(Clone)]
pub(super) struct ScryptHash {
    parameters: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl ScryptHash {
    pub(super) fn parse(hash: &phc::PasswordHash) -> Result<Self, String> {
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else { return Err(wrong()) };
        Ok(Self { parameters: parameters(hash)?, salt: salt.as_ref().to_vec(), hash: output.as_bytes().to_vec() })
    }

    pub(super) fn is_hash_of(&self, password: &[u8]) -> bool {
        let mut hash = vec![0; self.hash.len()];
        scrypt::scrypt(password, &self.salt, &self.parameters, &mut hash).is_ok()
            && constant_time::verify_slices_are_equal(&hash, &self.hash).is_ok()
    }
}

/// Reads the parameters, within the bounds.
pub(super) fn parameters(hash: &phc::PasswordHash) -> Result<Params, String> {
    let [cost, block, lanes] = read(hash, ["ln", "r", "p"])?;
    let (cost, block, lanes) = (required("ln", cost)?, required("r", block)?, required("p", lanes)?);
    // `Params::new` multiplies r and p without a check, so the bounds come first.
    let bytes = 1_u64.checked_shl(cost).and_then(|n| n.checked_mul(128)).and_then(|n| n.checked_mul(block.into()));
    let work = bytes.and_then(|bytes| bytes.checked_mul(lanes.into())).and_then(|bytes| bytes.checked_mul(2));
    if bytes.is_none_or(|bytes| bytes > MOST_MEMORY) || work.is_none_or(|work| work > MOST_WORK) {
        return Err(TOO_COSTLY.to_owned());
    }
    if hash.version.is_some() || cost == 0 {
        return Err(wrong());
    }
    u8::try_from(cost).ok().and_then(|cost| Params::new(cost, block, lanes).ok()).ok_or_else(wrong)
}

fn wrong() -> String {
    "must have parameters that scrypt allows".to_owned()
}
