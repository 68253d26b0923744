//! `application/x-www-form-urlencoded`, parsed strictly: bodies, queries and Basic credentials.

use crate::domain::input::refusal::Refusal;

/// Decodes one name or value; a malformed escape or invalid UTF-8 is an error and is not repaired.
pub fn decode(encoded: &[u8]) -> Option<String> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            plain => *plain,
        });
    }
    String::from_utf8(decoded).ok()
}

/// The most parameters of a form or a query.
const MOST_PAIRS: usize = 64;

/// The parameter that may be repeated (RFC 8707 §2).
pub const RESOURCE: &str = "resource";

/// The most APIs that a request may name.
const MOST_RESOURCES: usize = 8;

/// Why a form is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormMistake {
    /// A name or a value cannot be decoded.
    Encoding,
    /// There are more parameters than any request needs.
    TooManyPairs,
    /// There are more resources than any request needs.
    TooManyResources,
}

impl FormMistake {
    /// The refusal; `encoding` is what it says if the form cannot be decoded.
    pub const fn refusal(self, encoding: &'static str) -> Refusal {
        Refusal::Malformed(match self {
            Self::Encoding => encoding,
            Self::TooManyPairs => "A request may have at most 64 parameters",
            Self::TooManyResources => "A request may name at most 8 resources",
        })
    }
}

/// Parses all names and values, in their order. They are counted before they are decoded, so that a caller who is not
/// authenticated yet causes little work.
///
/// # Errors
///
/// [`FormMistake`] only.
pub fn pairs(encoded: &[u8]) -> Result<Vec<(String, String)>, FormMistake> {
    let pairs = encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    if pairs.clone().nth(MOST_PAIRS).is_some() {
        return Err(FormMistake::TooManyPairs);
    }
    let pair = |pair: &[u8]| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let mut part = || decode(parts.next().unwrap_or_default());
        part().zip(part()).ok_or(FormMistake::Encoding)
    };
    let pairs = pairs.map(pair).collect::<Result<Vec<_>, _>>()?;
    let resources = pairs.iter().filter(|(name, _)| name == RESOURCE).count();
    if resources > MOST_RESOURCES { Err(FormMistake::TooManyResources) } else { Ok(pairs) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn malformed_escapes_and_invalid_utf_8_are_errors() {
        for bad in ["a=%zz", "a=%f", "%ff=1", "a=%ff", "a=1&%"] {
            assert_eq!(pairs(bad.as_bytes()), Err(FormMistake::Encoding), "{bad}");
        }
    }

    #[test]
    fn a_form_has_at_most_64_parameters_and_8_resources() {
        assert_eq!(pairs("a=1&".repeat(64).as_bytes()).map(|pairs| pairs.len()), Ok(64));
        assert_eq!(pairs("a=%zz&".repeat(65).as_bytes()), Err(FormMistake::TooManyPairs), "nothing is decoded");
        assert!(pairs("resource=a&".repeat(8).as_bytes()).is_ok());
        assert_eq!(pairs("%72esource=a&".repeat(9).as_bytes()), Err(FormMistake::TooManyResources));
    }

    proptest! {
        #[test]
        fn what_a_client_wrote_reads_back(names in proptest::collection::vec(("\\PC{0,20}", "\\PC{0,40}"), 1..5)) {
            prop_assume!(names.iter().all(|(name, _)| !name.is_empty()));
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&names).finish();
            prop_assert_eq!(pairs(body.as_bytes()), Ok(names));
        }

        #[test]
        fn no_bytes_break_the_reader(bytes: Vec<u8>) {
            let _ = pairs(&bytes);
        }
    }
}
