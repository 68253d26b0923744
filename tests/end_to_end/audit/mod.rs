//! The audit trail: what goes into it, and `POST /api/audit-list`.

mod events;
mod list;
