//! The audit trail: the recorded events, and `POST /api/audit-list`.

mod events;
mod limits;
mod list;
