//! Where a request came from.

use serde::{Deserialize, Serialize};

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The network address that the gateway reports.
    pub address: String,
    /// The `User-Agent` header, at most 200 characters.
    pub user_agent: String,
    /// The request's id, as in the log and the response.
    pub request_id: String,
}
