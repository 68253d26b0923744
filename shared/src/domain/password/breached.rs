//! How a password is looked up among breached ones without being told: by the first digits of its digest (k-anonymity,
//! as the range API of Have I Been Pwned defines it).

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::domain::password::typed::Password;

/// The SHA-1 digest of a password, in upper-case hexadecimal digits. The lists are made of these; nothing is stored or
/// compared by it here.
pub struct BreachDigest {
    range: String,
    rest: String,
}

impl BreachDigest {
    /// The digits that name a range, which a thousand breached passwords share.
    const RANGE: usize = 5;

    /// The digest of a password.
    pub fn of(password: &Password) -> Self {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.expose().as_bytes());
        let digits: String = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        Self { range: digits.chars().take(Self::RANGE).collect(), rest: digits.chars().skip(Self::RANGE).collect() }
    }

    /// The range, which is all that leaves the process.
    pub fn range(&self) -> &str {
        &self.range
    }

    /// Returns whether the passwords of the range have this one: lines of the other digits, a colon, and how often it was
    /// seen. A line that was seen zero times is padding, which hides how long the range is.
    pub fn is_in(&self, passwords: &[u8]) -> bool {
        passwords.split(|byte| *byte == b'\n').any(|line| {
            let mut parts = line.splitn(2, |byte| *byte == b':').map(<[u8]>::trim_ascii);
            let is_this = parts.next().is_some_and(|rest| rest.eq_ignore_ascii_case(self.rest.as_bytes()));
            is_this && parts.next().is_some_and(|count| count.iter().any(|digit| matches!(digit, b'1'..=b'9')))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The SHA-1 of `password` is 5BAA6 1E4C9B93F3F0682250B6CF8331B7EE68FD8.
    fn digest_of_password() -> BreachDigest {
        BreachDigest::of(&Password::parse("password").unwrap())
    }

    #[test]
    fn only_five_digits_name_the_range() {
        assert_eq!(digest_of_password().range(), "5BAA6");
    }

    #[test]
    fn a_password_is_found_by_its_other_digits_however_the_lines_end() {
        let digest = digest_of_password();
        for range in [
            "1E4C9B93F3F0682250B6CF8331B7EE68FD8:3",
            "003D68EB55068C33ACE09247EE4C639306B:3\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD8:10434004\r\nFF:1\r\n",
            "1e4c9b93f3f0682250b6cf8331b7ee68fd8: 10\n",
        ] {
            assert!(digest.is_in(range.as_bytes()), "{range}");
        }
    }

    #[test]
    fn padding_and_what_is_no_range_has_no_password() {
        let digest = digest_of_password();
        for range in [
            "",
            "1E4C9B93F3F0682250B6CF8331B7EE68FD8",
            "1E4C9B93F3F0682250B6CF8331B7EE68FD8:0",
            "1E4C9B93F3F0682250B6CF8331B7EE68FD9:7",
            "1E4C9B93F3F0682250B6CF8331B7EE68FD:7",
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:7",
            "<html>\u{0}:::",
        ] {
            assert!(!digest.is_in(range.as_bytes()), "{range}");
        }
    }
}
