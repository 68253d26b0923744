//! Registration access tokens, which authorize the management of a client's registration (RFC 7592).

use crate::domain::client::id::AppId;
use crate::domain::crypto::addressed_secret::PlacedSecret;
use crate::domain::crypto::secret::{Secret, SecretHash};

/// A registration access token: `dw_ra_`, then the app's id. The id identifies the app that it belongs to, so that a
/// token that is used for another client can be revoked.
#[derive(Clone, Debug)]
pub struct RegistrationToken(PlacedSecret<16>);

impl RegistrationToken {
    const PREFIX: &str = "dw_ra_";

    /// A new token.
    pub fn generate(app: AppId) -> Self {
        Self(PlacedSecret::generate(*app.as_bytes()))
    }

    /// Parses a token; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        PlacedSecret::parse(Self::PREFIX, text).map(Self)
    }

    /// Encodes the token for the one response that contains it.
    pub fn issue(&self) -> Secret {
        self.0.issue(Self::PREFIX)
    }

    /// The app whose registration it manages.
    pub fn app_id(&self) -> AppId {
        AppId::from_bytes(self.0.place)
    }

    /// The hash that the table stores.
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }

    /// Returns whether the stored hash is that of this token.
    pub fn is_proven_by(&self, stored: &SecretHash) -> bool {
        self.0.is_proven_by(stored)
    }
}
