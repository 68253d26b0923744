//! The app that made another app.

use serde::{Deserialize, Serialize};

use crate::domain::authorization::consent::ConsentId;
use crate::domain::client::id::ClientId;

/// The app that made an app by the management API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// The app that made it.
    pub client_id: ClientId,
    /// The consent of the user for whom it was made; the new app works as long as this consent is valid. Absent if the
    /// maker acted for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
}
