//! Random bytes, all from the operating system's generator and all from here.

/// `N` bytes that nobody can guess.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that draws random bytes")]
#[expect(clippy::expect_used, reason = "without randomness nothing here is safe, and no request can cause it")]
fn fill(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
}

/// A number from zero up to, but without, `limit`: even, for limits far below 2^64.
pub fn below(limit: u64) -> u64 {
    u64::from_be_bytes(bytes()) % limit.max(1)
}
