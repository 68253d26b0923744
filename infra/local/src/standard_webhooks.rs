//! Verifies a message as any receiver of webhooks does, by the rules of Standard Webhooks. It has no code in common with what
//! signs messages, so that a mistake there is found here.

use aws_lc_rs::hmac;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shared::domain::crypto::secret::Secret;
use shared::domain::types::timestamp::Timestamp;

/// How far from now a message's time may be, in seconds.
const TOLERANCE: u64 = 5 * 60;

/// A message whose time is right, with what it says about its signatures.
pub struct SignedMessage<'m> {
    id: &'m str,
    timestamp: &'m str,
    signatures: &'m str,
    body: &'m [u8],
}

impl<'m> SignedMessage<'m> {
    /// Reads the headers of a message.
    ///
    /// # Errors
    ///
    /// What is wrong with them, as a sentence.
    pub fn read(headers: &'m HeaderMap, body: &'m [u8], now: Timestamp) -> Result<Self, String> {
        let header = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or_else(|| format!("it has no header {name}"))
        };
        let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
        let at: i64 = timestamp.parse().map_err(|_| "its webhook-timestamp is not a number of seconds")?;
        if at.abs_diff(now.as_seconds()) > TOLERANCE {
            return Err("its webhook-timestamp is more than five minutes away".to_owned());
        }
        Ok(Self { id, timestamp, signatures: header("webhook-signature")?, body })
    }

    /// Whether one of its signatures is by this secret, which begins with `whsec_`.
    pub fn is_signed_by(&self, secret: &Secret) -> bool {
        let key = secret.expose().strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
        let Some(key) = key else { return false };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let content = [self.id.as_bytes(), b".", self.timestamp.as_bytes(), b".", self.body].concat();
        let mut tags = self.signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
        tags.any(|tag| STANDARD.decode(tag).is_ok_and(|tag| hmac::verify(&key, &content, &tag).is_ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_614_265_330);
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    /// The example of the libraries of Standard Webhooks.
    fn secret() -> Secret {
        Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    }

    fn headers(timestamp: &str, signature: &str) -> HeaderMap {
        let named = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signature),
        ];
        named.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn a_message_is_verified_by_its_exact_bytes_and_by_one_signature_of_several() {
        let other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
        for signatures in [SIGNATURE.to_owned(), format!("{other} {SIGNATURE}"), format!("v2,x {SIGNATURE} {other}")] {
            let headers = headers("1614265330", &signatures);
            let verified = |body: &'static [u8], secret: &Secret| {
                SignedMessage::read(&headers, body, NOW).unwrap().is_signed_by(secret)
            };
            assert!(verified(BODY, &secret()), "{signatures}");
            assert!(!verified(br#"{"test":2432232314}"#, &secret()), "the same JSON in other bytes");
            for wrong in
                ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", "whsec_", "whsec_%", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
            {
                assert!(!verified(BODY, &Secret::new(wrong)), "{wrong}");
            }
        }
    }

    #[test]
    fn what_is_no_signature_verifies_nothing() {
        let tag = SIGNATURE.trim_start_matches("v1,");
        for wrong in ["", "v1,", "v1", tag, &format!("v2,{tag}"), &SIGNATURE[..20], &format!("{SIGNATURE}x")] {
            let headers = headers("1614265330", wrong);
            assert!(!SignedMessage::read(&headers, BODY, NOW).unwrap().is_signed_by(&secret()), "{wrong}");
        }
    }

    #[test]
    fn a_message_of_another_time_or_without_a_header_is_refused() {
        for (timestamp, mistake) in [
            ("1614265030", None),
            ("1614265630", None),
            ("1614265029", Some("five minutes")),
            ("1614265631", Some("five minutes")),
            ("-9223372036854775808", Some("five minutes")),
            ("today", Some("number")),
            ("", Some("number")),
        ] {
            let headers = headers(timestamp, SIGNATURE);
            let read = SignedMessage::read(&headers, BODY, NOW);
            let found = read.as_ref().err().map(String::as_str);
            assert_eq!(
                (found.is_some(), found.unwrap_or_default().contains(mistake.unwrap_or_default())),
                (mistake.is_some(), true),
                "{timestamp}"
            );
        }
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut headers = headers("1614265330", SIGNATURE);
            headers.remove(name);
            assert!(SignedMessage::read(&headers, BODY, NOW).is_err_and(|mistake| mistake.ends_with(name)), "{name}");
        }
    }
}
