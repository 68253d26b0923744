//! The audit trail.

use serde_json::json;

use super::area::Area;
use super::schemas::{cursor, limit, next_cursor};
use crate::model::{Caller, api, field, flag, list, named, object, optional, uuid};

pub(super) fn area() -> Area {
    Area {
        name: "Audit",
        about: "The audit trail records sign-ins and changes: actor, action, subject, origin and outcome.",
        operations: vec![
            api("audit-list", "List the audit trail")
                .about("Owners read the trail of their account, and operators all trails.")
                .by(Caller::User)
                .takes(object([
                    optional("account_id", uuid()).about("Another account, for operators only"),
                    optional("without_account", flag()).about("Only events without an account, for operators only"),
                    limit(),
                    cursor(uuid()),
                ]))
                .example(json!({"limit": 20}))
                .gives(
                    object([field("events", list(named("AuditEvent"))), next_cursor(uuid())]),
                    "One page, newest first.",
                ),
        ],
    }
}
