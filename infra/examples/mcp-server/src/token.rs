//! Access tokens (RFC 9068): only those of our issuer, and only those for this server.

use std::time::Instant;

use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;

use crate::cause::chain;
use crate::keys::IssuerKeys;
use crate::settings::Settings;

/// The `typ` of access tokens: an ID token has the same issuer and the same keys.
const TYP: &str = "at+jwt";

/// What a verified token says, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct AccessToken {
    /// The user, or the app that speaks for itself.
    pub sub: String,
    /// The app.
    pub client_id: String,
    /// The scopes, with spaces between.
    #[serde(default)]
    pub scope: String,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// It is no good token for this server.
    Invalid,
    /// That cannot be told now, as the issuer does not answer.
    IssuerAway,
}

/// Verifies tokens.
pub struct Verifier {
    issuer: String,
    audience: String,
    keys: IssuerKeys,
}

impl Verifier {
    /// Takes who signs, and for whom.
    pub fn new(settings: &Settings, keys: IssuerKeys) -> Self {
        Self { issuer: settings.issuer().to_owned(), audience: settings.resource().to_owned(), keys }
    }

    /// Verifies a token completely: type, key, algorithm, signature, issuer, audience and time.
    ///
    /// # Errors
    ///
    /// [`NotAccepted`].
    pub async fn verify(&self, token: &str) -> Result<AccessToken, NotAccepted> {
        let invalid = |_| NotAccepted::Invalid;
        let header = decode_header(token).map_err(invalid)?;
        // `crit` names what a reader must understand (RFC 7515 §4.1.11), and we know of nothing.
        if header.typ.as_deref() != Some(TYP) || header.crit.is_some() {
            return Err(NotAccepted::Invalid);
        }
        let kid = header.kid.ok_or(NotAccepted::Invalid)?;
        let key = self.keys.find(&kid, Instant::now()).await.map_err(|error| {
            tracing::warn!(cause = chain(error.as_ref()), "the issuer's keys could not be read");
            NotAccepted::IssuerAway
        })?;
        let key = key.ok_or(NotAccepted::Invalid)?;

        // The key says the algorithm, never the token.
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = 0;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        Ok(decode(token, &key.decoding, &validation).map_err(invalid)?.claims)
    }
}
