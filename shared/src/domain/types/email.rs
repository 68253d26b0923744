//! E-mail addresses, in the one form in which they are compared and stored.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::types::invisible::{self, is_invisible, is_joiner};

/// An e-mail address: local part lower-cased in ASCII only, domain as lower-case A-labels.
///
/// `K@example.com` with a Kelvin sign and with the letter may belong to two users, so the local part is never
/// folded beyond ASCII; the dots and `+tags` in it are part of the address and stay.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The longest address that mail can be sent to, in bytes (RFC 5321 §4.5.3.1, RFC 3696 errata 1690).
    const LONGEST: usize = 254;

    /// Accepts an address as it was entered, without the spaces around it (phone keyboards add one), and returns its
    /// comparable form.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is not an address to which mail can be delivered.
    pub fn parse(text: &str) -> Result<Self, String> {
        let invalid = || "must be an e-mail address, like ada@example.com".to_owned();
        let text = text.trim();
        if text.len() > Self::LONGEST {
            return Err(format!("must have at most {} bytes", Self::LONGEST));
        }
        if text.chars().any(char::is_whitespace) {
            return Err("must not contain spaces".to_owned());
        }
        let (local, domain) = text.rsplit_once('@').ok_or_else(invalid)?;
        // IDNA drops most invisible characters, and says where a domain may have joiners (RFC 5892 appendix A).
        if local.chars().any(is_invisible) || domain.chars().any(|c| is_invisible(c) && !is_joiner(c)) {
            return Err(invisible::MISTAKE.to_owned());
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| invalid())?;
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        if !is_local_part(local) || !is_mail_domain(&domain) || address.len() > Self::LONGEST {
            return Err(invalid());
        }
        Ok(Self(address))
    }

    /// An undeliverable address (RFC 2606 §2), where one is required and no user has it.
    pub fn undeliverable() -> Self {
        Self("nobody@nowhere.invalid".to_owned())
    }

    /// The address in its comparable form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// A dot-atom of RFC 5322 §3.2.3, with the letters of other scripts (RFC 6531 §3.3); quoted forms are refused.
fn is_local_part(local: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    };
    local.len() <= 64 && local.split('.').all(is_atom)
}

/// At least two labels, and no address literal.
fn is_mail_domain(domain: &str) -> bool {
    domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && domain.rsplit('.').next().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()))
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[e-mail]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_and_punycode_do_not_make_another_address() {
        let address = EmailAddress::parse("Ada.Lovelace+dev@BÜCHER.example").unwrap();
        assert_eq!(address.as_str(), "ada.lovelace+dev@xn--bcher-kva.example");
        assert_eq!(address, EmailAddress::parse("ADA.LOVELACE+DEV@xn--bcher-kva.EXAMPLE").unwrap());
        assert_eq!(address.local_part(), "ada.lovelace+dev");
    }

    #[test]
    fn letters_that_only_look_alike_make_different_addresses() {
        let latin = EmailAddress::parse("kim@example.com").unwrap();
        assert_ne!(latin, EmailAddress::parse("\u{212a}im@example.com").unwrap());
        assert_ne!(EmailAddress::parse("i@example.com").unwrap(), EmailAddress::parse("İ@example.com").unwrap());
    }

    #[test]
    fn undeliverable_addresses_are_refused() {
        let long = format!("{}@example.com", "x".repeat(65));
        for bad in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "a da@example.com",
            "ada @example.com",
            "ada@ example.com",
            "ada@exa mple.com",
            "ada\n@example.com",
            "a\u{0}da@example.com",
            "ada@example..com",
            ".ada@example.com",
            "a..b@example.com",
            "\"ada\"@example.com",
            "a@b@c.com, d@e.com",
            "ada@-x.com",
            "ada<x>@example.com",
            &long,
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn spaces_around_an_address_are_no_part_of_it() {
        let address = EmailAddress::parse("ada@example.com").unwrap();
        for typed in [" ada@example.com", "ada@example.com ", "\tada@example.com\r\n", "\u{3000}ada@example.com\u{a0}"]
        {
            assert_eq!(EmailAddress::parse(typed), Ok(address.clone()), "{typed:?}");
        }
    }

    #[test]
    fn invisible_characters_make_no_second_address() {
        for bad in [
            "ada\u{200b}@example.com",
            "\u{feff}ada@example.com",
            "a\u{ad}da@example.com",
            "علی\u{200c}زاده@example.com",
            "ada\u{fe0f}@example.com",
            "ada@exam\u{ad}ple.com",
            "ada@example.com\u{200b}",
            "ada@\u{2060}example.com",
        ] {
            assert_eq!(EmailAddress::parse(bad), Err(invisible::MISTAKE.to_owned()), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_has_joiners_only_where_idna_allows_them() {
        let persian = EmailAddress::parse("ada@نامه\u{200c}ای.com").unwrap();
        assert_eq!(persian.as_str(), "ada@xn--mgba3gch31f060k.com");
        assert!(EmailAddress::parse("ada@exam\u{200d}ple.com").is_err());
    }

    #[test]
    fn an_address_is_not_printed_by_accident() {
        assert_eq!(format!("{:?}", EmailAddress::parse("ada@example.com").unwrap()), "[e-mail]");
    }

    proptest! {
        #[test]
        fn the_comparable_form_is_its_own_comparable_form(text in "\\PC{0,40}@\\PC{1,40}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(address.as_str()).unwrap(), address);
            }
        }
    }
}
