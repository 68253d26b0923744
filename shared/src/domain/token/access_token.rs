//! Access tokens: JWTs in the profile of RFC 9068, with Driftwood's own claims in addition to the standard ones.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::client::version::TokenEpoch;
use crate::domain::client::{Client, Owner};
use crate::domain::crypto::jwt::{NotAccepted, verify_signature};
use crate::domain::crypto::published_keys::PublishedKeys;
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::session::id::SessionId;
use crate::domain::session::{FIRST_PARTY_CLIENT, Session};
use crate::domain::types::id::TokenId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::{User, UserId};
use crate::domain::user_key::KeyId;

/// The `typ` of an access token, so that no other JWT of this server is accepted as one (RFC 9068 §2.1).
pub const TYP: &str = "at+jwt";

/// What a token represents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// A user who signed in directly.
    User,
    /// The same, and the operator configured them as an administrator.
    Admin,
    /// An app.
    OauthClient,
}

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The user, or the client that acts for itself.
    pub sub: String,
    /// The API that may accept it.
    pub aud: String,
    /// When it expires.
    pub exp: Timestamp,
    /// When it was issued.
    pub iat: Timestamp,
    /// Its id.
    pub jti: TokenId,
    /// The client that requested it.
    pub client_id: String,
    /// Its scopes; absent where scopes do not apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The session that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// The user key with which a script requested it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// The user, or the creator of the app that acts for itself.
    pub user_id: UserId,
    /// The user's account; absent for apps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The account; always present.
    pub org_id: AccountId,
    /// What it represents.
    pub token_type: TokenType,
    /// The token epoch of an app that acts for itself, unless it is the first one. Other tokens of apps have a session,
    /// which stores the epoch.
    #[serde(default, skip_serializing_if = "TokenEpoch::is_first")]
    pub client_epoch: TokenEpoch,
}

/// The tolerance for clock skew.
const SKEW: Duration = Duration::from_secs(60);

/// Issuer, audience and lifetime of an access token.
#[derive(Clone, Debug)]
pub struct Issuance {
    /// The issuer.
    pub issuer: String,
    /// The API that may accept it.
    pub audience: String,
    /// When it is issued.
    pub now: Timestamp,
    /// Its lifetime.
    pub lifetime: Duration,
}

impl AccessTokenClaims {
    /// The token of a user who calls the API directly, or through a script with one of their keys.
    pub fn of_user(issuance: Issuance, user: &User, session: &Session, is_admin: bool) -> Self {
        Self {
            sid: Some(session.id),
            key_id: session.kind.key(),
            account_id: Some(user.account_id),
            token_type: if is_admin { TokenType::Admin } else { TokenType::User },
            ..Self::new(issuance, user.id.to_string(), FIRST_PARTY_CLIENT.to_owned(), user.id, user.account_id)
        }
    }

    /// The token of a client that acts for a user, with the scopes that the user consented to, or fewer.
    pub fn of_delegate(issuance: Issuance, client: &Client, user: &User, session: &Session, scopes: &ScopeSet) -> Self {
        Self {
            sid: Some(session.id),
            scope: Some(scopes.to_string()),
            ..Self::new(issuance, user.id.to_string(), client.client_id.to_string(), user.id, user.account_id)
        }
    }

    /// The token of a client that acts for itself; without scopes, it may do what its account may.
    pub fn of_client(issuance: Issuance, client: &Client, owner: Owner, scopes: Option<&ScopeSet>) -> Self {
        let client_id = client.client_id.to_string();
        Self {
            scope: scopes.map(ScopeSet::to_string),
            client_epoch: client.token_epoch,
            ..Self::new(issuance, client_id.clone(), client_id, owner.created_by, owner.account_id)
        }
    }

    fn new(issuance: Issuance, sub: String, client_id: String, user_id: UserId, org_id: AccountId) -> Self {
        let Issuance { issuer, audience, now, lifetime } = issuance;
        Self {
            iss: issuer,
            sub,
            aud: audience,
            exp: now.after(lifetime),
            iat: now,
            jti: TokenId::generate(now),
            client_id,
            scope: None,
            sid: None,
            key_id: None,
            user_id,
            account_id: None,
            org_id,
            token_type: TokenType::OauthClient,
            client_epoch: TokenEpoch::default(),
        }
    }
}

impl AccessTokenClaims {
    /// Verifies a token: type, key, signature, issuer, audience and time.
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

    /// The scopes of the token.
    pub fn scopes(&self) -> ScopeSet {
        ScopeSet::of_token(self.scope.as_deref().unwrap_or_default())
    }
}
