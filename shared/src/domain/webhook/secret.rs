//! What signs webhooks (Standard Webhooks).

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::id::WebhookId;
use crate::domain::crypto::secret::Secret;
use crate::domain::types::timestamp::Timestamp;

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// The length of a secret, in bytes.
const LENGTH: usize = 24;
/// How long the secret before signs too.
const OVERLAP: Duration = Duration::from_secs(86_400);

/// The key from which the secrets of all webhooks follow. It is in Secrets Manager and never changes, so no table has a
/// secret, and every webhook keeps its own for as long as its maker wants.
pub struct WebhookKey(hmac::Key);

/// Which secrets a webhook has: their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// The number of the present one.
    number: u32,
    /// Until when the one before signs too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before_until: Option<Timestamp>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self { number: 1, before_until: None }
    }
}

impl Secrets {
    /// The secrets after a rotation: the one before signs too, for a day.
    pub const fn rotated(self, now: Timestamp) -> Self {
        Self { number: self.number.saturating_add(1), before_until: Some(now.after(OVERLAP)) }
    }

    /// Until when the secret before signs too, if it does now.
    pub fn before_until(self, now: Timestamp) -> Option<Timestamp> {
        self.before_until.filter(|until| now < *until)
    }

    /// The numbers of those that sign now, the present one first.
    fn signing(self, now: Timestamp) -> impl Iterator<Item = u32> {
        [Some(self.number), self.before_until(now).map(|_| self.number.saturating_sub(1))].into_iter().flatten()
    }
}

/// The headers of a webhook's request that are not the same for all.
#[derive(Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `webhook-id`: the same for each attempt.
    pub id: String,
    /// `webhook-timestamp`: the time of the attempt, in whole seconds.
    pub timestamp: String,
    /// `webhook-signature`: one for each secret.
    pub signature: String,
}

impl WebhookKey {
    /// The key from its text in Secrets Manager: a long random string.
    pub fn new(text: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, text.expose().as_bytes()))
    }

    fn bytes(&self, webhook: WebhookId, number: u32) -> [u8; LENGTH] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"driftwood webhook secret");
        context.update(webhook.as_bytes());
        context.update(&number.to_be_bytes());
        let tag = context.sign();
        tag.as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// The present secret, as its maker configures it.
    pub fn secret(&self, webhook: WebhookId, secrets: Secrets) -> Secret {
        self.configured(webhook, secrets.number)
    }

    /// The secrets that sign now, the present one first, as makers configure them.
    pub fn secrets(&self, webhook: WebhookId, secrets: Secrets, now: Timestamp) -> impl Iterator<Item = Secret> {
        secrets.signing(now).map(move |number| self.configured(webhook, number))
    }

    /// A secret as its maker configures it. Plain padded Base64, because not every library takes another.
    fn configured(&self, webhook: WebhookId, number: u32) -> Secret {
        Secret::new(format!("{PREFIX}{}", STANDARD.encode(self.bytes(webhook, number))))
    }

    /// Signs a message with each secret of the webhook.
    pub fn sign(&self, webhook: WebhookId, secrets: Secrets, id: &str, body: &[u8], now: Timestamp) -> SignedHeaders {
        let timestamp = now.as_seconds().to_string();
        let signature = |number| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &self.bytes(webhook, number));
            let mut context = hmac::Context::with_key(&key);
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
                context.update(part);
            }
            format!("v1,{}", STANDARD.encode(context.sign().as_ref()))
        };
        let signature = secrets.signing(now).map(signature).collect::<Vec<_>>().join(" ");
        SignedHeaders { id: id.to_owned(), timestamp, signature }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_902_903);

    fn key() -> WebhookKey {
        WebhookKey::new(&Secret::new("a long random string"))
    }

    fn webhook(last: u8) -> WebhookId {
        WebhookId::from_bytes([last; 16])
    }

    #[test]
    fn a_secret_is_24_bytes_in_padded_base64_and_always_the_same() {
        let secret = key().secret(webhook(1), Secrets::default());
        let encoded = secret.expose().strip_prefix("whsec_").unwrap();
        assert_eq!(STANDARD.decode(encoded).unwrap().len(), 24);
        assert_eq!(key().secret(webhook(1), Secrets::default()).expose(), secret.expose());
    }

    #[test]
    fn each_webhook_and_each_rotation_has_another_secret() {
        let first = Secrets::default();
        let secrets = [(webhook(1), first), (webhook(2), first), (webhook(1), first.rotated(NOW))];
        let texts: std::collections::BTreeSet<String> =
            secrets.iter().map(|(id, secrets)| key().secret(*id, *secrets).expose().to_owned()).collect();
        assert_eq!(texts.len(), 3);
    }

    #[test]
    fn for_a_day_after_a_rotation_both_secrets_sign() {
        let (before, rotated) = (Secrets::default(), Secrets::default().rotated(NOW));
        let sign = |secrets, at| key().sign(webhook(1), secrets, "msg", b"{}", at).signature;
        let both = sign(rotated, NOW);
        let [present, former] = both.split(' ').collect::<Vec<_>>()[..] else { panic!("{both}") };
        assert_eq!(former, sign(before, NOW));
        assert_ne!(present, former);
        let last = NOW.after(OVERLAP - Duration::from_secs(1));
        assert_eq!((sign(rotated, last).matches("v1,").count(), rotated.before_until(last).is_some()), (2, true));
        let secrets =
            |at| key().secrets(webhook(1), rotated, at).map(|secret| secret.expose().to_owned()).collect::<Vec<_>>();
        let [present, former] = [rotated, before].map(|secrets| key().secret(webhook(1), secrets).expose().to_owned());
        assert_eq!(secrets(last), [present.clone(), former]);
        let after = NOW.after(OVERLAP);
        assert_eq!(secrets(after), [present]);
        assert_eq!((sign(rotated, after).matches("v1,").count(), rotated.before_until(after)), (1, None));
    }
}
