//! Authorization codes: what a client exchanges, once, for the tokens that a person let it have (RFC 6749 §4.1).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::consent::Grant;
use crate::id::AttemptId;
use crate::oauth::pkce::CodeChallenge;
use crate::secret::{Secret, SecretHash};
use crate::session::{Device, SessionId};
use crate::user::{Epoch, UserId};

/// A code as it travels: `dw_ac_` + base64url(user id ‖ 256 random bits). The user's id says where to look, so that one
/// batch reads the code with everything else; the random bits are what cannot be guessed.
#[derive(Clone)]
pub struct CodeText {
    /// Who agreed.
    pub user_id: UserId,
    secret: [u8; 32],
}

impl CodeText {
    const PREFIX: &str = "dw_ac_";

    /// A new code.
    pub fn generate(user_id: UserId) -> Self {
        Self { user_id, secret: crate::random::bytes() }
    }

    /// Reads a code; a text of any other form is none.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(Self::PREFIX).filter(|encoded| encoded.len() == 64)?;
        let bytes = crate::token::decode(encoded)?;
        let (&user, rest) = bytes.split_first_chunk::<16>()?;
        Some(Self { user_id: UserId::from_bytes(user), secret: rest.try_into().ok()? })
    }

    /// Writes the code down, for the one answer that carries it.
    pub fn issue(&self) -> Secret {
        let bytes = [self.user_id.as_bytes().as_slice(), &self.secret].concat();
        Secret::new(format!("{}{}", Self::PREFIX, crate::token::encode(&bytes)))
    }

    /// What the table knows the code by.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.secret)
    }
}

impl std::fmt::Debug for CodeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[authorization code]")
    }
}

/// A code as the table holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// Proves the code.
    pub hash: SecretHash,
    /// Who agreed.
    pub user_id: UserId,
    /// Their epoch then.
    pub epoch: Epoch,
    /// What to.
    pub grant: Grant,
    /// The session that the exchange begins.
    pub session_id: SessionId,
    /// The redirect URI that the exchange may name.
    pub redirect_uri: String,
    /// Whose verifier the exchange needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// For the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Where the person agreed.
    pub device: Device,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is too late to exchange it.
    pub ends_at: Timestamp,
    /// When it was exchanged, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// Names the write that made it, and then the one that used it.
    pub attempt: AttemptId,
}

/// What a client presents with a code.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The client, authenticated.
    pub client_id: crate::oauth_app::ClientId,
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
        if self.grant.client_id != exchange.client_id {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_reads_back_and_names_its_user(user: [u8; 16]) {
            let code = CodeText::generate(UserId::from_bytes(user));
            let back = CodeText::parse(code.issue().expose()).unwrap();
            prop_assert_eq!((back.user_id, back.hash()), (code.user_id, code.hash()));
            prop_assert_eq!(format!("{:?}", code), "[authorization code]");
        }

        #[test]
        fn no_other_text_is_a_code(text in "(dw_ac_)?\\PC{0,80}") {
            if let Some(code) = CodeText::parse(&text) {
                let back = code.issue();
                prop_assert_eq!(back.expose(), text.as_str());
            }
        }
    }
}
