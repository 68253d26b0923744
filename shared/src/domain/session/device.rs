//! Where a user signed in.

use serde::{Deserialize, Serialize};

/// From where and with what somebody signed in, for them to recognise it later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The network address.
    pub address: String,
    /// What the browser or program calls itself, at most 200 characters.
    pub user_agent: String,
}
