//! Opaque credentials that contain the key of their item, followed by a random secret.

use std::fmt;

use crate::domain::crypto::base64url;
use crate::domain::crypto::random;
use crate::domain::crypto::secret::{Secret, SecretHash};

/// A credential: a prefix + base64url(place ‖ 256 random bits), where the place has `N` bytes and leads to the item
/// in the table. One batch can therefore read the item together with everything else, and the table stores only the
/// hash of the random bits.
#[derive(Clone)]
pub struct PlacedSecret<const N: usize> {
    /// Leads to the item in the table.
    pub place: [u8; N],
    secret: [u8; 32],
}

impl<const N: usize> PlacedSecret<N> {
    /// A new credential for this place.
    pub fn generate(place: [u8; N]) -> Self {
        Self { place, secret: random::bytes() }
    }

    /// A credential with an existing secret.
    pub const fn of_parts(place: [u8; N], secret: [u8; 32]) -> Self {
        Self { place, secret }
    }

    /// Parses a credential with this prefix; returns `None` for a string of any other form.
    pub fn parse(prefix: &str, text: &str) -> Option<Self> {
        let longest = (N + 32).div_ceil(3) * 4;
        let encoded = text.strip_prefix(prefix).filter(|encoded| encoded.len() <= longest)?;
        let bytes = base64url::decode(encoded)?;
        let (&place, secret) = bytes.split_first_chunk::<N>()?;
        Some(Self { place, secret: secret.try_into().ok()? })
    }

    /// Encodes the credential for the one response or mail that contains it.
    pub fn issue(&self, prefix: &str) -> Secret {
        let bytes = [self.place.as_slice(), &self.secret].concat();
        Secret::new(format!("{prefix}{}", base64url::encode(&bytes)))
    }

    /// The hash that the table stores.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.secret)
    }

    /// Returns whether the stored hash is that of this credential.
    pub fn is_proven_by(&self, stored: &SecretHash) -> bool {
        stored.matches(&self.secret)
    }
}

impl<const N: usize> fmt::Debug for PlacedSecret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[credential]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_credential_reads_back_and_is_not_printed(place: [u8; 16]) {
            let credential = PlacedSecret::generate(place);
            let back = PlacedSecret::<16>::parse("dw_xx_", credential.issue("dw_xx_").expose()).unwrap();
            prop_assert!(back.place == place && back.is_proven_by(&credential.hash()));
            prop_assert_eq!(format!("{:?}", credential), "[credential]");
            prop_assert!(PlacedSecret::<8>::parse("dw_xx_", credential.issue("dw_xx_").expose()).is_none());
        }

        #[test]
        fn no_other_string_is_a_credential(text in "(dw_xx_)?\\PC{0,80}") {
            if let Some(credential) = PlacedSecret::<8>::parse("dw_xx_", &text) {
                let back = credential.issue("dw_xx_");
                prop_assert_eq!(back.expose(), text.as_str());
            }
        }
    }
}
