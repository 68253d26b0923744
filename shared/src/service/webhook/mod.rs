//! Webhooks: which of them get an event, how it is sent, and what ends that.

mod disabling;
pub mod queueing;
pub mod sending;
