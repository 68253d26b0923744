//! Firebase Authentication's variant of scrypt, as the PHC string `$firebase-scrypt$ln=…,r=…,p=1$salt$hash`.
//!
//! Firebase derives a key with scrypt, and its hash is the project's signer key, encrypted with that key by AES-256 in
//! counter mode from zero. So the hash and the signer key differ by the key stream alone. The script that reads the export
//! stores this difference as the hash, and the salt with the project's separator behind it. No user's item has the signer
//! key, and a guess costs as much as with it.

use argon2::password_hash::phc;
use aws_lc_rs::cipher::{AES_256, AES_256_KEY_LEN, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time;
use aws_lc_rs::iv::FixedLength;
use scrypt::Params;

use super::scrypt::parameters;

#[derive(Clone)]
pub(super) struct FirebaseHash {
    parameters: Params,
    salt: Vec<u8>,
    key_stream: Vec<u8>,
}

impl FirebaseHash {
    pub(super) fn parse(hash: &phc::PasswordHash) -> Result<Self, String> {
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else { return Err("must have a hash".to_owned()) };
        Ok(Self { parameters: parameters(hash)?, salt: salt.as_ref().to_vec(), key_stream: output.as_bytes().to_vec() })
    }

    pub(super) fn is_hash_of(&self, password: &[u8]) -> bool {
        let mut key = [0; AES_256_KEY_LEN];
        scrypt::scrypt(password, &self.salt, &self.parameters, &mut key).is_ok()
            && key_stream(&key, self.key_stream.len())
                .is_some_and(|stream| constant_time::verify_slices_are_equal(&stream, &self.key_stream).is_ok())
    }
}

/// The key stream of AES-256 in counter mode, from zero.
fn key_stream(key: &[u8], length: usize) -> Option<Vec<u8>> {
    let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, key).ok()?).ok()?;
    let mut stream = vec![0; length];
    key.less_safe_encrypt(&mut stream, EncryptionContext::Iv128(FixedLength::from([0; 16]))).ok()?;
    Some(stream)
}
