//! Authorization codes: a client exchanges one, once, for the tokens that a user approved (RFC 6749 §4.1).

use crate::domain::authorization::consent::Approval;
use crate::domain::client::id::ClientId;
use crate::domain::crypto::addressed_secret::PlacedSecret;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::oauth::pkce::CodeChallenge;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;

/// A code in plain text: `dw_ac_`, then the user's id, so that one batch reads the code with everything else.
#[derive(Clone, Debug)]
pub struct PlainCode(PlacedSecret<16>);

impl PlainCode {
    const PREFIX: &str = "dw_ac_";

    /// A new code.
    pub fn generate(user_id: UserId) -> Self {
        Self(PlacedSecret::generate(*user_id.as_bytes()))
    }

    /// Parses a code; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        PlacedSecret::parse(Self::PREFIX, text).map(Self)
    }

    /// Encodes the code for the one response that contains it.
    pub fn issue(&self) -> Secret {
        self.0.issue(Self::PREFIX)
    }

    /// The user who consented.
    pub fn user_id(&self) -> UserId {
        UserId::from_bytes(self.0.place)
    }

    /// The hash under which the code is stored.
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// An issued code.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    /// The hash of the code.
    pub hash: SecretHash,
    /// What the user approved.
    pub approval: Approval,
    /// The redirect URI to which it was sent; the exchange may contain no other.
    pub redirect_uri: String,
    /// Whether the request contained the redirect URI; then an exchange without PKCE must contain it too.
    pub names_redirect_uri: bool,
    /// The challenge whose verifier the exchange needs.
    pub code_challenge: Option<CodeChallenge>,
    /// The `nonce` for the ID token.
    pub nonce: Option<String>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it expires.
    pub ends_at: Timestamp,
    /// When it was exchanged, if so.
    pub used_at: Option<Timestamp>,
    /// Identifies the write that created it, and then the one that exchanged it.
    pub attempt: WriteId,
}

/// What a client presents with a code.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The client, authenticated.
    pub client_id: &'a ClientId,
    /// `redirect_uri`, which OAuth 2.1 clients omit.
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier`.
    pub code_verifier: Option<&'a str>,
}

/// The decision about a presented code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Exchange it.
    Exchange,
    /// It is valid but was exchanged before, so another party may have it: revoke the session that it started.
    Replay,
    /// It is invalid for this client, and nothing changes.
    Refuse(&'static str),
}

impl AuthorizationCode {
    /// Decides about a presented code. A replay is the last check, so that only a client that passes all others can cause
    /// a revocation (OAuth 2.1 §7.5.2).
    pub fn decide(&self, exchange: Exchange<'_>, now: Timestamp) -> Decision {
        if self.approval.grant.client_id != *exchange.client_id {
            return Decision::Refuse("The code is unknown, expired or used");
        }
        match exchange.redirect_uri {
            Some(uri) if uri == self.redirect_uri => {}
            Some(_) => return Decision::Refuse("The redirect_uri is not the one of the authorization request"),
            // RFC 6749 §4.1.3; clients of OAuth 2.1 omit it, and use PKCE (§10.2).
            None if self.names_redirect_uri && self.code_challenge.is_none() => {
                return Decision::Refuse(
                    "redirect_uri is missing: without PKCE it is the one of the authorization request, repeated",
                );
            }
            None => {}
        }
        match (&self.code_challenge, exchange.code_verifier) {
            (None, None) => {}
            (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => {}
            (Some(_), Some(_)) => return Decision::Refuse("code_verifier does not match the code_challenge"),
            (Some(_), None) => return Decision::Refuse("The code needs its code_verifier"),
            // RFC 9700 §4.8.2: otherwise an attacker could drop the challenge.
            (None, Some(_)) => return Decision::Refuse("The code was issued without a code_challenge"),
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
