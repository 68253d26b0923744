//! bcrypt, in its own form: `$2b$10$` with 22 characters of salt and 31 of hash.

use bcrypt::HashParts;

#[derive(Clone)]
pub(super) struct BcryptHash(String);

impl BcryptHash {
    /// The costs that are verified: a hash of the highest takes about a second.
    const COSTS: std::ops::RangeInclusive<u32> = 4..=14;

    /// Reads a hash; `2a`, `2b` and `2y` are computed alike. `2x` is not among them: it marks hashes of a faulty
    /// implementation, which no library here repeats.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let parts: HashParts = text.parse().map_err(|_| "must be a bcrypt hash of 60 characters".to_owned())?;
        if !Self::COSTS.contains(&parts.get_cost()) {
            return Err(format!("must have a bcrypt cost of {} to {}", Self::COSTS.start(), Self::COSTS.end()));
        }
        Ok(Self(text.to_owned()))
    }

    /// Of a longer password only the first 72 bytes count, as in the systems that made these hashes.
    pub(super) fn is_hash_of(&self, password: &[u8]) -> bool {
        bcrypt::verify(password, &self.0).unwrap_or(false)
    }
}
