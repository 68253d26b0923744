//! How a user proved who they are.

use serde::{Deserialize, Serialize};

/// How somebody proved who they are when a session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// By their password or another secret of theirs that we know.
    #[default]
    Secret,
    /// By another provider's word.
    Provider,
}

impl AuthenticationMethod {
    /// The methods to tell an app (RFC 8176 §2). How another provider asked for proof is not ours to say.
    pub fn amr(self) -> Vec<String> {
        match self {
            Self::Secret => vec!["pwd".to_owned()],
            Self::Provider => Vec::new(),
        }
    }
}
