//! Access tokens: JWTs in the profile of RFC 9068, with our own claims beside the standard ones.

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;

use jsonwebtoken::{DecodingKey, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::clock::Timestamp;
use crate::id::TokenId;
use crate::oauth::scope::ScopeSet;
use crate::oauth_app::TokenEpoch;
use crate::session::SessionId;
use crate::token::published_keys::PublishedKeys;
use crate::token::signing_keys::SigningAlgorithm;
use crate::user::UserId;
use crate::user_key::KeyId;

/// The `typ` of an access token, so that no other JWT of ours passes for one (RFC 9068 §2.1).
pub const TYP: &str = "at+jwt";

/// For whom a token speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// A person who signed in to us directly.
    User,
    /// The same, and the operator trusts them with everything.
    Admin,
    /// An app.
    OauthClient,
}

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The user, or the client that speaks for itself.
    pub sub: String,
    /// The API that may accept it.
    pub aud: String,
    /// When it expires.
    pub exp: Timestamp,
    /// When it was made.
    pub iat: Timestamp,
    /// Its own id.
    pub jti: TokenId,
    /// The client that asked for it.
    pub client_id: String,
    /// What it may be used for; absent where scopes do not apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The session that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// The user key that a script got it with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// The user, or the creator of the app that speaks for itself.
    pub user_id: UserId,
    /// The user's account; absent for apps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The account, always.
    pub org_id: AccountId,
    /// For whom it speaks.
    pub token_type: TokenType,
    /// Of an app that speaks for itself: its epoch then, unless that is the first one. Other tokens of apps have a session,
    /// and that keeps it.
    #[serde(default, skip_serializing_if = "TokenEpoch::is_first")]
    pub client_epoch: TokenEpoch,
}

/// Why a text is not an access token that we accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// It names a key that is not published (any longer, or yet).
    UnknownKey,
    /// It is no token of ours, was changed, or is for somebody else.
    Invalid,
    /// It was good once.
    Expired,
}

/// The longest token worth parsing, in bytes.
const LONGEST: usize = 8 * 1024;
/// How far ahead another machine's clock may be.
const SKEW: Duration = Duration::from_secs(60);

/// The only header that our tokens have. Anything more (`crit`, `jku`, `jwk`, `x5c`, `b64`) is not ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// `jsonwebtoken` checks the signature only: it would read the system clock for the rest.
static SIGNATURE_ONLY: LazyLock<[Validation; 2]> = LazyLock::new(|| {
    [jsonwebtoken::Algorithm::RS256, jsonwebtoken::Algorithm::ES256].map(|algorithm| {
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims = HashSet::new();
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation
    })
});

impl AccessTokenClaims {
    /// Verifies a token completely: type, key, signature, issuer, audience and time.
    ///
    /// # Errors
    ///
    /// [`NotAccepted`] only.
    pub fn verify(
        token: &str,
        keys: &PublishedKeys,
        issuer: &str,
        is_accepted: impl FnOnce(&str) -> bool,
        now: Timestamp,
    ) -> Result<Self, NotAccepted> {
        let claims: Self = verify_signature(token, TYP, keys, now)?;
        if claims.iss != issuer || !is_accepted(&claims.aud) || claims.iat > now.after(SKEW) {
            return Err(NotAccepted::Invalid);
        }
        if claims.exp <= now {
            return Err(NotAccepted::Expired);
        }
        Ok(claims)
    }

    /// What it may be used for.
    pub fn scopes(&self) -> ScopeSet {
        ScopeSet::of_token(self.scope.as_deref().unwrap_or_default())
    }
}

/// Verifies that a JWT is of this type and that we signed it, and nothing of what it says.
///
/// # Errors
///
/// [`NotAccepted::UnknownKey`] and [`NotAccepted::Invalid`] only.
pub fn verify_signature<T: DeserializeOwned + Clone>(
    token: &str,
    typ: &str,
    keys: &PublishedKeys,
    now: Timestamp,
) -> Result<T, NotAccepted> {
    let header = header(token).ok_or(NotAccepted::Invalid)?;
    if header.typ != typ {
        return Err(NotAccepted::Invalid);
    }
    let (algorithm, key) = keys.find(&header.kid, now).ok_or(NotAccepted::UnknownKey)?;
    // RFC 8725 §3.1: the key says the algorithm, never the token.
    if header.alg != algorithm.as_str() {
        return Err(NotAccepted::Invalid);
    }
    verify_with(token, algorithm, key).ok_or(NotAccepted::Invalid)
}

/// Verifies the signature of a JWT with this key, and nothing of what it says.
pub fn verify_with<T: DeserializeOwned + Clone>(
    token: &str,
    algorithm: SigningAlgorithm,
    key: &DecodingKey,
) -> Option<T> {
    let validation = SIGNATURE_ONLY.iter().find(|validation| validation.algorithms.contains(&algorithm.into()))?;
    Some(jsonwebtoken::decode::<T>(token, key, validation).ok()?.claims)
}

fn header(token: &str) -> Option<TokenHeader> {
    let (header, _) = token.split_once('.').filter(|_| token.len() <= LONGEST)?;
    serde_json::from_slice(&super::decode(header)?).ok()
}
