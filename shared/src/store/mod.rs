//! The tables and the operations on them: the only place that knows DynamoDB.
//!
//! A store has one table and verbs of the domain. An operation on several tables (a security decision, a registration)
//! is a verb of [`Stores`]. Every write says why it may be repeated, raced or lost.

mod account_changes;
mod app_changes;
mod approvals;
mod apps;
mod audit;
mod authenticators;
mod authorization_items;
mod authorizations;
mod batch;
mod contacts;
mod deletions;
mod event_items;
mod event_pages;
mod events;
mod imports;
mod keys;
mod limits;
mod list;
mod load;
mod mailed_links;
mod operators;
mod outbox;
mod passwords;
mod profiles;
mod queue;
mod recent_counts;
mod registrations;
#[cfg(test)]
mod released_items;
mod reviews;
mod sessions;
mod sign_outs;
mod stores;
mod stream;
mod table;
mod transaction;
mod upstream;
mod user_keys;
mod users;
mod webhook_changes;
mod webhooks;
mod write;

pub use account_changes::{StreamedChange, account_changes};
pub use app_changes::{AppConfigured, AppCreated, RegistrationChanged, SecretsRotated};
pub use approvals::{Approved, ExchangeSource, Exchanged, GrantTarget};
pub use apps::{AppChanged, AppSwitch, Apps};
pub use audit::Audit;
pub use authenticators::NotMe;
pub use authorizations::Authorizations;
pub use contacts::{ContactCreated, ContactDeleted, ContactUpdated, Contacts};
pub use deletions::{DeletionBegun, Restored};
pub use event_pages::{EventPage, EventQuery};
pub use events::{EventAdded, Events, StreamedEvent};
pub use keys::Keys;
pub use limits::LimitStore;
pub use load::{Load, Loaded};
pub use mailed_links::{Followed, PasswordReset};
pub use operators::OperatorVerified;
pub use outbox::Outbox;
pub use passwords::PasswordChanged;
pub use queue::{Claimed, Queue, SHARDS, WorkKey};
pub use registrations::{NewUser, Registered};
pub use reviews::Reviewed;
pub use sessions::{Rotated, Sessions};
pub use stores::Stores;
pub use upstream::Linked;
pub use user_keys::KeyAdded;
pub use users::Users;
pub use webhooks::{AppWebhooks, Webhooks};
