//! Where a request came from.

use serde::{Deserialize, Serialize};

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The network address that the gateway saw.
    pub address: String,
    /// What the browser or program calls itself, at most 200 characters.
    pub user_agent: String,
    /// The request's id, as the log and the answer have it.
    pub request_id: String,
}
