//! Authentication methods.

use serde::{Deserialize, Serialize};

/// How a user authenticated when a session started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// With their password or another secret that this server verifies.
    #[default]
    Secret,
    /// With an upstream provider.
    Provider,
    /// With a user key that has a secret of its own: a script, and not the user in person.
    UserKey,
}

impl AuthenticationMethod {
    /// Returns whether the user authenticated in person.
    pub const fn is_interactive(self) -> bool {
        matches!(self, Self::Secret | Self::Provider)
    }

    /// The `amr` values (RFC 8176 §2); empty for an upstream provider, whose methods are unknown.
    pub fn amr(self) -> Vec<String> {
        match self {
            Self::Secret => vec!["pwd".to_owned()],
            Self::Provider | Self::UserKey => Vec::new(),
        }
    }
}
