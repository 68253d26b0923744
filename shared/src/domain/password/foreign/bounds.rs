//! How much a hash of another system may cost.

/// The most memory that one hash may fill, in bytes: what OWASP recommends for scrypt, and more than the defaults of
/// Django and argon2-cffi. A function that verifies passwords has more than ten times as much.
pub(super) const MOST_MEMORY: u64 = 128 << 20;
/// The most bytes that one hash may write and read in all its passes: at most a second on the processor of a function.
pub(super) const MOST_WORK: u64 = 512 << 20;
/// The most iterations of PBKDF2, counted for each block of the hash: at most a second on the processor of a function.
pub(super) const MOST_ITERATIONS: u64 = 2_000_000;
/// The end of a sentence about a hash beyond them.
pub(super) const TOO_COSTLY: &str = "needs more memory or time than is allowed";
