//! PKCE (RFC 7636): only the client that started an authorization can exchange its code.

use crate::domain::crypto::base64url;
use aws_lc_rs::{constant_time, digest};
use serde::{Deserialize, Serialize};

/// A code challenge of the method `S256`, the only supported one (RFC 9700 §2.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Parses `code_challenge` and `code_challenge_method`.
    ///
    /// # Errors
    ///
    /// The sentence to show when the method is not `S256` or the challenge is not a SHA-256 in base64url.
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, &'static str> {
        // RFC 7636 §4.3: without a method it would be "plain".
        if method != Some("S256") {
            return Err("code_challenge_method must be S256");
        }
        let is_hash = challenge.len() == 43 && base64url::decode(challenge).is_some_and(|hash| hash.len() == 32);
        if !is_hash {
            return Err("code_challenge must be a SHA-256 in base64url without padding");
        }
        Ok(Self(challenge.to_owned()))
    }

    /// The challenge of a verifier (RFC 7636 §4.2).
    pub fn of(verifier: &str) -> Self {
        Self(base64url::encode(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref()))
    }

    /// The challenge, as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this verifier matches the challenge (RFC 7636 §4.6), comparing in constant time.
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let expected = Self::of(verifier);
        is_verifier(verifier)
            && constant_time::verify_slices_are_equal(expected.0.as_bytes(), self.0.as_bytes()).is_ok()
    }
}

/// RFC 7636 §4.1: 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn only_its_verifier_matches_the_example_of_rfc_7636() {
        let challenge = CodeChallenge::parse(CHALLENGE, Some("S256")).unwrap();
        assert!(challenge.is_met_by(VERIFIER));
        assert!(!challenge.is_met_by(&VERIFIER.replace('d', "e")));
        assert!(!challenge.is_met_by(""));
    }

    #[test]
    fn other_methods_and_forms_are_refused() {
        for method in [None, Some("plain"), Some("s256"), Some("S512")] {
            assert!(CodeChallenge::parse(CHALLENGE, method).is_err());
        }
        let short = &CHALLENGE[..42];
        for bad in [short, &format!("{CHALLENGE}x"), &format!("{short}="), &format!("{short}+"), &"x".repeat(129), ""] {
            assert!(CodeChallenge::parse(bad, Some("S256")).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_verifier_matches_its_own_challenge_and_no_other(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
            let challenge = CodeChallenge::parse(&base64url::encode(hash.as_ref()), Some("S256")).unwrap();
            prop_assert!(challenge.is_met_by(&verifier));
            prop_assert_eq!(challenge.is_met_by(&other), other == verifier);
        }

        #[test]
        fn no_text_breaks_it(challenge in "\\PC{0,140}", verifier in "\\PC{0,140}") {
            if let Ok(challenge) = CodeChallenge::parse(&challenge, Some("S256")) {
                let _ = challenge.is_met_by(&verifier);
            }
        }
    }
}
