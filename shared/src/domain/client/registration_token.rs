//! Registration access tokens: what manages a client's registration (RFC 7592).

use crate::domain::client::id::AppId;
use crate::domain::crypto::addressed_secret::PlacedSecret;
use crate::domain::crypto::secret::{Secret, SecretHash};

/// A registration access token: `dw_ra_`, and the app's id in front. The id says whose it is, so that one that is tried on
/// another client can be taken back.
#[derive(Clone, Debug)]
pub struct RegistrationToken(PlacedSecret<16>);

impl RegistrationToken {
    const PREFIX: &str = "dw_ra_";

    /// A new token.
    pub fn generate(app: AppId) -> Self {
        Self(PlacedSecret::generate(*app.as_bytes()))
    }

    /// Reads a token; a text of any other form is none.
    pub fn parse(text: &str) -> Option<Self> {
        PlacedSecret::parse(Self::PREFIX, text).map(Self)
    }

    /// Writes the token down, for the one answer that carries it.
    pub fn issue(&self) -> Secret {
        self.0.issue(Self::PREFIX)
    }

    /// The app whose registration it manages.
    pub fn app_id(&self) -> AppId {
        AppId::from_bytes(self.0.place)
    }

    /// What the table holds of it.
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }

    /// Says whether this is the token that was hashed.
    pub fn is_proven_by(&self, stored: &SecretHash) -> bool {
        self.0.is_proven_by(stored)
    }
}
