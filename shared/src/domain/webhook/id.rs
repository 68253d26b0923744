//! The id of a webhook.

use crate::domain::types::id::uuid_id;

uuid_id! {
    /// Identifies a webhook of an app.
    WebhookId
}
