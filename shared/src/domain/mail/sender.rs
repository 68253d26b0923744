//! The sender of mails.

use std::fmt;

use crate::domain::types::email::EmailAddress;

/// A sender: an address that the mail service has verified, and the name that recipients see with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSender {
    name: Option<String>,
    address: EmailAddress,
}

impl MailSender {
    /// Parses `Name <address>`, or an address alone.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "must look like Acme <no-reply@acme.example>, with a name in ASCII";
        let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (Some(name.trim()), address),
            None => (None, text),
        };
        // Inside quotes these would need an escape, and other characters an encoding (RFC 5322 §3.2.4, RFC 2047).
        let is_plain = |name: &str| name.bytes().all(|b| (b' '..=b'~').contains(&b) && !matches!(b, b'"' | b'\\'));
        if name.is_some_and(|name| !is_plain(name)) {
            return Err(FORM);
        }
        let address = EmailAddress::parse(address).map_err(|_| FORM)?;
        Ok(Self { name: name.filter(|name| !name.is_empty()).map(str::to_owned), address })
    }
}

/// The sender as in a `From` header (RFC 5322 §3.4).
impl fmt::Display for MailSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "\"{name}\" <{}>", self.address.as_str()),
            None => f.write_str(self.address.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_an_address_and_an_optional_name() {
        for (text, header) in [
            ("Acme, Inc. <No-Reply@Acme.example>", "\"Acme, Inc.\" <no-reply@acme.example>"),
            ("<no-reply@acme.example>", "no-reply@acme.example"),
            ("no-reply@acme.example", "no-reply@acme.example"),
        ] {
            assert_eq!(MailSender::parse(text).unwrap().to_string(), header);
        }
        for bad in
            ["", "Acme", "Acme <>", "A\" <x@acme.example>", "Zoë <x@acme.example>", "A\r\nBcc: y <x@acme.example>"]
        {
            assert!(MailSender::parse(bad).is_err(), "{bad:?}");
        }
    }
}
