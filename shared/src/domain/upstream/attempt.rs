//! One attempt to sign in with the upstream provider: from the redirect to it until the callback.

use std::time::Duration;

use crate::domain::authorization::{AuthorizationId, AuthorizationRequest};
use crate::domain::crypto::base64url;
use crate::domain::crypto::mac_keys::{MacKeyId, MacKeys, Purpose};
use crate::domain::crypto::random;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// How long an attempt is valid.
const LIFETIME: Duration = Duration::from_secs(600);
/// How far the provider's clock may be behind ours.
const SKEW: Duration = Duration::from_secs(60);

/// The `state` of an attempt: 256 random bits, by which the callback finds it.
#[derive(Clone, PartialEq, Eq)]
pub struct State([u8; 32]);

impl State {
    /// A new state.
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Parses the state of a callback; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode(text).filter(|_| text.len() == 43)?.try_into().ok().map(Self)
    }

    /// The state as a query parameter.
    pub fn text(&self) -> String {
        base64url::encode(&self.0)
    }

    /// The hash under which the attempt is stored.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

/// The secrets of an attempt.
///
/// Both are derived from the state with a MAC key whenever they are needed: the table stores neither, and an observer
/// of the state cannot derive them.
pub struct AttemptSecrets {
    /// The `nonce` of the ID token.
    pub nonce: Secret,
    /// The PKCE verifier (RFC 7636 §4.1).
    pub verifier: Secret,
}

impl AttemptSecrets {
    /// The secrets of a new attempt, and the id of the key that they are derived with.
    ///
    /// # Errors
    ///
    /// [`Fault`] when no MAC key may be used yet.
    pub fn new(state: &State, keys: &MacKeys, now: Timestamp) -> Result<(Self, MacKeyId), Fault> {
        let (key_id, _) = keys.sign(Purpose::UpstreamAttempt, now, |key_id| key_id.to_vec())?;
        let key_id = key_id.first_chunk().copied().unwrap_or_default();
        let secrets = Self::derive(state, keys, key_id);
        Ok((secrets.ok_or_else(|| Fault::broken("the MAC key of an attempt is missing"))?, key_id))
    }

    /// Derives the secrets of an attempt; `None` when the MAC key was deleted, which is long after the attempt has expired.
    pub fn derive(state: &State, keys: &MacKeys, key_id: MacKeyId) -> Option<Self> {
        let one = |what: &[u8]| {
            let tag = keys.sign_with(Purpose::UpstreamAttempt, key_id, &[what, &state.0].concat())?;
            Some(Secret::new(base64url::encode(tag.as_ref())))
        };
        Some(Self { nonce: one(b"nonce")?, verifier: one(b"verifier")? })
    }
}

/// An attempt to sign in with the provider.
#[derive(Clone, Debug)]
pub struct UpstreamAttempt {
    /// The hash of its state.
    pub hash: SecretHash,
    /// The browser that was redirected.
    pub browser: SecretHash,
    /// The provider's issuer.
    pub issuer: String,
    /// The authorization that the user signs in for; without one, the account page.
    pub authorization_id: Option<AuthorizationId>,
    /// The maximum age of the provider's authentication, in seconds before the attempt started.
    pub max_age: Option<u32>,
    /// The key that its secrets are derived with.
    pub key_id: MacKeyId,
    /// When it started.
    pub created_at: Timestamp,
    /// When it expires.
    pub ends_at: Timestamp,
    /// When its callback was received, if it was.
    pub used_at: Option<Timestamp>,
    /// Identifies the latest write.
    pub attempt: WriteId,
}

/// The parameters of the authentication request to the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamOptions {
    /// Whether it must authenticate the user again.
    pub login: bool,
    /// Whether it must show its account chooser.
    pub select_account: bool,
    /// The maximum age of its authentication, in seconds.
    pub max_age: Option<u32>,
    /// The expected user.
    pub login_hint: Option<String>,
}

impl UpstreamOptions {
    /// The options that follow from an app's request.
    pub fn of(asked: &AuthorizationRequest) -> Self {
        // A provider that supports `max_age` returns `auth_time`; only by that is it visible that `login` was honoured.
        let max_age = if asked.prompt.login { Some(0) } else { asked.max_age };
        Self {
            login: asked.prompt.login,
            select_account: asked.prompt.select_account,
            max_age,
            login_hint: asked.login_hint.clone(),
        }
    }
}

impl UpstreamAttempt {
    /// An attempt that starts now; it is not stored yet.
    pub fn begin(
        state: &State,
        browser: SecretHash,
        issuer: &str,
        pending: Option<(AuthorizationId, &UpstreamOptions)>,
        key_id: MacKeyId,
        now: Timestamp,
    ) -> Self {
        Self {
            hash: state.hash(),
            browser,
            issuer: issuer.to_owned(),
            authorization_id: pending.map(|(id, _)| id),
            max_age: pending.and_then(|(_, options)| options.max_age),
            key_id,
            created_at: now,
            ends_at: now.after(LIFETIME),
            used_at: None,
            attempt: WriteId::generate(now),
        }
    }

    /// Returns whether its callback is still accepted.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.ends_at
    }

    /// Returns whether the provider authenticated the user recently enough (OpenID Connect Core §3.1.2.1): if a maximum
    /// age was requested, a response without `auth_time` is not accepted.
    pub fn is_met_by(&self, auth_time: Option<Timestamp>) -> bool {
        let Some(max_age) = self.max_age else { return true };
        let allowed = Duration::from_secs(max_age.into()).saturating_add(SKEW);
        auth_time.is_some_and(|auth_time| self.created_at <= auth_time.after(allowed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn attempt(max_age: Option<u32>) -> UpstreamAttempt {
        let options = UpstreamOptions { max_age, ..UpstreamOptions::default() };
        let pending = Some((AuthorizationId::generate(at(0)), &options));
        UpstreamAttempt::begin(
            &State::generate(),
            SecretHash::of(b"b"),
            "https://a.example",
            pending,
            [0; 4],
            at(1_000),
        )
    }

    #[test]
    fn the_authentication_may_be_as_old_as_the_app_allows() {
        for (max_age, auth_time, is_met) in [
            (None, None, true),
            (None, Some(0), true),
            (Some(0), None, false),
            (Some(0), Some(1_000), true),
            (Some(0), Some(1_200), true),
            (Some(0), Some(940), true),
            (Some(0), Some(939), false),
            (Some(300), Some(640), true),
            (Some(300), Some(639), false),
            (Some(u32::MAX), Some(0), true),
        ] {
            assert_eq!(attempt(max_age).is_met_by(auth_time.map(at)), is_met, "{max_age:?} {auth_time:?}");
        }
    }

    proptest! {
        #[test]
        fn a_state_reads_back_as_itself_and_no_other_string_is_one(text in "[A-Za-z0-9_-]{40,46}|\\PC{0,60}") {
            let state = State::generate();
            prop_assert!(State::parse(&state.text()) == Some(state));
            if let Some(state) = State::parse(&text) {
                prop_assert_eq!(state.text(), text);
            }
        }
    }
}
