//! Random bytes: the only place that reads the operating system's generator.

/// Returns `N` random bytes that cannot be guessed.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that generates random bytes")]
#[expect(clippy::expect_used, reason = "without randomness nothing here is safe, and no request can cause it")]
fn fill(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system returns random bytes");
}

/// A random number from zero up to, but without, `limit`: uniform, for limits far below 2^64.
pub fn below(limit: u64) -> u64 {
    u64::from_be_bytes(bytes()) % limit.max(1)
}
