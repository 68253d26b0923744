//! Where this machine's functions send what leaves a deployment.

use std::sync::Arc;

use shared::fetch::post::PostMessage;

use crate::event_bus::EventBus;
use crate::mailbox::Mailbox;

/// The mailbox and the event bus of this machine, and the way to the internet.
#[derive(Clone)]
pub struct Destinations {
    /// In place of Amazon SES.
    pub mailbox: Arc<Mailbox>,
    /// In place of Amazon EventBridge.
    pub event_bus: Arc<EventBus>,
    /// The internet: mapped hosts are on this machine.
    pub internet: Arc<dyn PostMessage>,
}
