//! `application/x-www-form-urlencoded`, parsed strictly: bodies, queries and Basic credentials.

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

/// Parses all names and values, in their order; `None` when one of them cannot be decoded.
pub fn pairs(encoded: &[u8]) -> Option<Vec<(String, String)>> {
    let pairs = encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let mut part = || decode(parts.next().unwrap_or_default());
            part().zip(part())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn malformed_escapes_and_invalid_utf_8_are_errors() {
        for bad in ["a=%zz", "a=%f", "%ff=1", "a=%ff", "a=1&%"] {
            assert_eq!(pairs(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_a_client_wrote_reads_back(names in proptest::collection::vec(("\\PC{0,20}", "\\PC{0,40}"), 1..5)) {
            prop_assume!(names.iter().all(|(name, _)| !name.is_empty()));
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&names).finish();
            prop_assert_eq!(pairs(body.as_bytes()), Some(names));
        }

        #[test]
        fn no_bytes_break_the_reader(bytes: Vec<u8>) {
            let _ = pairs(&bytes);
        }
    }
}
