//! Passwords as they are typed.

use crate::domain::crypto::secret::Secret;

/// A password as somebody typed it: any Unicode, hashed byte for byte as it was received.
#[derive(Clone, Debug)]
pub struct Password(Secret);

impl Password {
    /// The most characters that are hashed, so that a request cannot buy endless work.
    pub const LONGEST: usize = 256;

    /// Takes a typed password in.
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
