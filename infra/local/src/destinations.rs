//! Where this machine's functions send what leaves a deployment.

use std::sync::Arc;

use crate::event_bus::EventBus;
use crate::mailbox::Mailbox;

/// The mailbox and the event bus of this machine.
#[derive(Clone)]
pub struct Destinations {
    /// In place of Amazon SES.
    pub mailbox: Arc<Mailbox>,
    /// In place of Amazon EventBridge.
    pub event_bus: Arc<EventBus>,
}
