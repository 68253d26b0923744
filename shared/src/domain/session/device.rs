//! The device with which a user signed in.

use serde::{Deserialize, Serialize};

/// The network address and program with which a user signed in, so that they can recognise the session later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The network address.
    pub address: String,
    /// The `User-Agent` header, at most 200 characters.
    pub user_agent: String,
}
