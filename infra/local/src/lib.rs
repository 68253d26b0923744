//! Driftwood on one machine: every route of `template.yaml` in one process, with its own tables and secrets.

mod answered;
mod aws;
mod aws_port;
mod background;
mod changed;
mod data_dir;
mod destinations;
mod developer_page;
mod dynamodb;
mod error;
pub mod evaluate;
pub mod event;
mod event_bus;
mod event_bus_page;
mod event_pattern;
mod fetch_map;
mod front_page;
mod gateway;
mod in_process;
mod keys;
pub mod log;
mod mailbox;
mod mailbox_pages;
pub mod parameters;
pub mod registry;
mod schedules;
mod secrets;
mod secrets_manager;
mod server;
mod service;
pub mod stack;
mod standard_webhooks;
mod streams;
mod tables;
pub mod template;
mod webhook_receiver;
mod webhooks_page;

pub use destinations::Destinations;
pub use error::StartError;
pub use event_bus::{BusTrouble, EventBus};
pub use event_bus_page::PATH as EVENT_BUS;
pub use fetch_map::{FetchMap, MappedHost};
pub use front_page::first_curl;
pub use mailbox::{MailTrouble, Mailbox, ReceivedMail};
pub use mailbox_pages::PATH as MAILBOX;
pub use server::{Options, Server, Wire, log_level, start};
pub use webhook_receiver::{ORIGIN as RECEIVER, ReceivedMessage, WebhookReceiver};
pub use webhooks_page::PATH as WEBHOOKS;

/// A random UUID, like the ids of requests and versions on AWS.
fn random_id() -> String {
    uuid::Builder::from_random_bytes(shared::domain::crypto::random::bytes()).into_uuid().to_string()
}
