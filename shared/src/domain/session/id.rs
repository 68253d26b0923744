//! Ids of sessions.

use crate::domain::types::id::uuid_id;

uuid_id! {
    /// Identifies a session: the `sid` of its tokens.
    SessionId
}
