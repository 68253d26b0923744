//! Authorization codes: what a client exchanges, once, for the tokens that a user let it have (RFC 6749 §4.1).

use serde::{Deserialize, Serialize};

use crate::domain::authorization::consent::Approval;
use crate::domain::client::id::ClientId;
use crate::domain::crypto::addressed_secret::PlacedSecret;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::oauth::pkce::CodeChallenge;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;

/// A code as it travels: `dw_ac_`, and the user's id in front, so that one batch reads the code with everything else.
#[derive(Clone, Debug)]
pub struct PlainCode(PlacedSecret<16>);

impl PlainCode {
    const PREFIX: &str = "dw_ac_";

    /// A new code.
    pub fn generate(user_id: UserId) -> Self {
        Self(PlacedSecret::generate(*user_id.as_bytes()))
    }

    /// Reads a code; a text of any other form is none.
    pub fn parse(text: &str) -> Option<Self> {
        PlacedSecret::parse(Self::PREFIX, text).map(Self)
    }

    /// Writes the code down, for the one answer that carries it.
    pub fn issue(&self) -> Secret {
        self.0.issue(Self::PREFIX)
    }

    /// Who agreed.
    pub fn user_id(&self) -> UserId {
        UserId::from_bytes(self.0.place)
    }

    /// What the table knows the code by.
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// A code as the table holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// Proves the code.
    pub hash: SecretHash,
    /// Who agreed to what.
    pub approval: Approval,
    /// The redirect URI that the exchange may name.
    pub redirect_uri: String,
    /// Whose verifier the exchange needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// For the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is too late to exchange it.
    pub ends_at: Timestamp,
    /// When it was exchanged, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// Names the write that made it, and then the one that used it.
    pub attempt: WriteId,
}

/// What a client presents with a code.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The client, authenticated.
    pub client_id: &'a ClientId,
    /// `redirect_uri`, which OAuth 2.1 clients leave out.
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier`.
    pub code_verifier: Option<&'a str>,
}

/// What is to be done with a presented code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Exchange it.
    Exchange,
    /// Everything is right but that it was exchanged before: somebody else holds it, so end what came of it.
    Replay,
    /// It is worth nothing to this client, and nothing changes.
    Refuse(&'static str),
}

impl AuthorizationCode {
    /// Decides about a presented code, in the order that keeps strangers from ending anything: only who passes every
    /// other check can replay (OAuth 2.1 §7.5.2).
    pub fn decide(&self, exchange: Exchange<'_>, now: Timestamp) -> Decision {
        if self.approval.grant.client_id != *exchange.client_id {
            return Decision::Refuse("The code is unknown, expired or used");
        }
        // RFC 6749 §4.1.3; OAuth 2.1 clients leave it out.
        if exchange.redirect_uri.is_some_and(|uri| uri != self.redirect_uri) {
            return Decision::Refuse("redirect_uri is not the one that the code was sent to");
        }
        match (&self.code_challenge, exchange.code_verifier) {
            (None, None) => {}
            (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => {}
            (Some(_), Some(_)) => return Decision::Refuse("code_verifier does not meet the code_challenge"),
            (Some(_), None) => return Decision::Refuse("The code needs its code_verifier"),
            // RFC 9700 §4.8.2: otherwise an attacker could drop the challenge.
            (None, Some(_)) => return Decision::Refuse("The code was made without a code_challenge"),
        }
        if self.used_at.is_some() {
            Decision::Replay
        } else if now < self.ends_at {
            Decision::Exchange
        } else {
            Decision::Refuse("The code is unknown, expired or used")
        }
    }
}
