//! The audit trail.

use serde_json::json;

use super::area::Area;
use super::schemas::{cursor, limit, next_cursor};
use crate::model::{Caller, api, field, flag, list, named, object, optional, uuid};

pub(super) fn area() -> Area {
    Area {
        name: "Audit",
        about: "Who did what, to what, from where, and what came of it.",
        operations: vec![
            api("audit-list", "List the audit trail")
                .about("Owners read their own account's, and operators all.")
                .by(Caller::User)
                .takes(object([
                    optional("account_id", uuid()).about("Another account than one's own, for operators"),
                    optional("without_account", flag()).about("What belongs to no account, for operators"),
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
