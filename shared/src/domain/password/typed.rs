//! Passwords as users enter them.

use crate::domain::crypto::secret::Secret;

/// A password as a user entered it: any Unicode, hashed byte for byte as received.
#[derive(Clone, Debug)]
pub struct Password(Secret);

impl Password {
    /// The most characters that are hashed, so that a request cannot cause unlimited work.
    pub const LONGEST: usize = 256;

    /// Accepts a password.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is empty or longer than 256 characters.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.chars().count() {
            0 => Err("must not be empty".to_owned()),
            length if length > Self::LONGEST => Err(format!("must have at most {} characters", Self::LONGEST)),
            _ => Ok(Self(Secret::new(text))),
        }
    }

    /// The password itself, to be hashed or compared.
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}
