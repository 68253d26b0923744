//! Bare signatures like those of the functions.

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};

use crate::failure::Failure;
use crate::schedule::this_thread;

/// The approximate size of the signed part of our JWTs.
const MESSAGE: [u8; 400] = [b'x'; 400];
const TIMES: u32 = 500;

/// The CPU time of a signature with RSA of 2,048 bits.
///
/// # Errors
///
/// When no key can be generated.
pub fn rsa() -> Result<Duration, Failure> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let mut signature = vec![0; pair.public_modulus_len()];
    cpu(|| Ok(pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &MESSAGE, &mut signature)?))
}

/// The CPU time of a signature with ECDSA on P-256.
///
/// # Errors
///
/// When no key can be generated.
pub fn ecdsa() -> Result<Duration, Failure> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    cpu(|| {
        black_box(pair.sign(&SystemRandom::new(), &MESSAGE)?);
        Ok(())
    })
}

fn cpu(mut work: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let before = this_thread()?;
    for _ in 0..TIMES {
        work()?;
    }
    Ok(this_thread()?.saturating_sub(before) / TIMES)
}
