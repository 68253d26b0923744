//! JWTs that the provider signed: ID tokens, and userinfo of some providers.

use jsonwebtoken::Algorithm;

use crate::domain::crypto::base64url;
use crate::domain::upstream::keys::{ProviderKeys, public_algorithm};
use crate::domain::upstream::members::Members;

/// A JWT of the provider; nothing is verified yet.
#[derive(Clone, Debug)]
pub struct SignedByProvider<'t> {
    message: &'t str,
    signature: &'t str,
    kid: Option<String>,
    /// Its algorithm, one with public keys.
    pub algorithm: Algorithm,
    claims: Members,
}

/// The reason why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSigned {
    /// None of the keys that were read fits: the provider may have new ones.
    UnknownKey,
    /// It was not signed by the provider, or was modified.
    Invalid,
}

impl<'t> SignedByProvider<'t> {
    /// Parses a JWT.
    ///
    /// # Errors
    ///
    /// The sentence to log.
    pub fn read(text: &'t str) -> Result<Self, String> {
        let malformed = || "it is not a signed JWT".to_owned();
        let (message, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = message.split_once('.').ok_or_else(malformed)?;
        let part = |part| base64url::decode(part).ok_or_else(malformed).and_then(|bytes| Members::read(&bytes));
        let header = part(header)?;
        // RFC 7515 §4.1.11: an extension that has to be understood is not. Keys in the header are never used.
        if header.get("crit").is_some() {
            return Err("its header has crit".to_owned());
        }
        // RFC 8725 §3.11: another kind of JWT, such as an access token.
        let typ = header.text("typ")?.unwrap_or_default().to_ascii_lowercase();
        if typ.ends_with("+jwt") {
            return Err("its header has another typ".to_owned());
        }
        let algorithm = header.require_text("alg")?;
        let algorithm = public_algorithm(algorithm).ok_or("its alg is none with public keys that we support")?;
        let kid = header.text("kid")?.map(str::to_owned);
        Ok(Self { message, signature, kid, algorithm, claims: part(payload)? })
    }

    /// Verifies the signature, and returns the claims; none of them is verified.
    ///
    /// # Errors
    ///
    /// [`NotSigned`].
    pub fn verify(self, keys: &ProviderKeys) -> Result<Members, NotSigned> {
        if self.is_by(keys)? { Ok(self.claims) } else { Err(NotSigned::Invalid) }
    }

    fn is_by(&self, keys: &ProviderKeys) -> Result<bool, NotSigned> {
        let iss = self.claims.text("iss").ok().flatten().unwrap_or_default();
        let mut fitting = keys.fitting(self.kid.as_deref(), self.algorithm, iss).peekable();
        if fitting.peek().is_none() {
            return Err(NotSigned::UnknownKey);
        }
        let verify = |key| jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), key, self.algorithm);
        // A key that cannot be used verifies nothing.
        Ok(fitting.any(|key| verify(key).unwrap_or(false)))
    }
}
