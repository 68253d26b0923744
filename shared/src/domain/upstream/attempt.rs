//! One attempt to sign in by the provider: from the moment that we send a browser there until it is back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::authorization::{AuthorizationId, AuthorizationRequest};
use crate::domain::crypto::base64url;
use crate::domain::crypto::mac_keys::{MacKeyId, MacKeys, Purpose};
use crate::domain::crypto::random;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::fault::Fault;

/// How long somebody may be away.
const LIFETIME: Duration = Duration::from_secs(600);
/// How far the provider's clock may be behind ours.
const SKEW: Duration = Duration::from_secs(60);

/// The `state` of an attempt: 256 random bits, which lead back to it.
#[derive(Clone, PartialEq, Eq)]
pub struct State([u8; 32]);

impl State {
    /// A new state.
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Reads the state that came back; a text of any other form is none.
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode(text).filter(|_| text.len() == 43)?.try_into().ok().map(Self)
    }

    /// The state as an address carries it.
    pub fn text(&self) -> String {
        base64url::encode(&self.0)
    }

    /// What the table knows it by.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

/// What only we and the provider's answer know of an attempt.
///
/// Both are made from the state with a MAC key, as often as they are needed: the table has neither, and who sees the state
/// go by cannot make them.
pub struct AttemptSecrets {
    /// The `nonce` of the ID token.
    pub nonce: Secret,
    /// The PKCE verifier (RFC 7636 §4.1).
    pub verifier: Secret,
}

impl AttemptSecrets {
    /// Those of a new attempt, and the key that made them.
    ///
    /// # Errors
    ///
    /// [`Fault`] when no MAC key may be used yet.
    pub fn make(state: &State, keys: &MacKeys, now: Timestamp) -> Result<(Self, MacKeyId), Fault> {
        let (key_id, _) = keys.sign(Purpose::UpstreamAttempt, now, |key_id| key_id.to_vec())?;
        let made_by = key_id.first_chunk().copied().unwrap_or_default();
        let secrets = Self::make_again(state, keys, made_by);
        Ok((secrets.ok_or_else(|| Fault::broken("a MAC key is gone that was there"))?, made_by))
    }

    /// The same once more; `None` when the MAC key that made them is gone, which is long after the attempt has ended.
    pub fn make_again(state: &State, keys: &MacKeys, key_id: MacKeyId) -> Option<Self> {
        let one = |what: &[u8]| {
            let tag = keys.sign_again(Purpose::UpstreamAttempt, key_id, &[what, &state.0].concat())?;
            Some(Secret::new(base64url::encode(tag.as_ref())))
        };
        Some(Self { nonce: one(b"nonce")?, verifier: one(b"verifier")? })
    }
}

/// An attempt, as the table holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpstreamAttempt {
    /// What its state hashes to.
    #[serde(skip, default = "no_hash")]
    pub hash: SecretHash,
    /// The browser that was sent there.
    pub browser: SecretHash,
    /// Who it was sent to.
    pub issuer: String,
    /// What somebody signs in for; without it, their account page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_id: Option<AuthorizationId>,
    /// How long ago, in seconds before it began, the provider may have asked for proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// The key that made its secrets.
    pub key_id: MacKeyId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is too late to come back.
    pub ends_at: Timestamp,
    /// When somebody came back, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// Names the write that made it what it is.
    pub attempt: WriteId,
}

fn no_hash() -> SecretHash {
    SecretHash::of(&[])
}

/// What to ask the provider for, beside who somebody is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamOptions {
    /// That it asks for proof, whatever it knows.
    pub login: bool,
    /// That it lets them choose who they are.
    pub select_account: bool,
    /// How old its proof may be, in seconds.
    pub max_age: Option<u32>,
    /// Who it probably is.
    pub login_hint: Option<String>,
}

impl UpstreamOptions {
    /// What an app's request means for the provider.
    pub fn of(asked: &AuthorizationRequest) -> Self {
        // A provider that knows `max_age` says when it asked for proof; that one was asked to `login` can only be seen by that.
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
    /// An attempt that begins now; it is not stored yet.
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

    /// Says whether somebody may still come back.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.ends_at
    }

    /// Says whether the provider asked for proof recently enough, if that matters (OpenID Connect Core §3.1.2.1): when it
    /// does, a provider that does not say when it asked did not.
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
    fn proof_may_be_as_old_as_the_app_allows() {
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
        fn a_state_reads_back_as_itself_and_no_other_text_is_one(text in "[A-Za-z0-9_-]{40,46}|\\PC{0,60}") {
            let state = State::generate();
            prop_assert!(State::parse(&state.text()) == Some(state));
            if let Some(state) = State::parse(&text) {
                prop_assert_eq!(state.text(), text);
            }
        }
    }
}
