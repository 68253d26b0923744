//! Changes of what accounts have, as the streams of `Audit`, `Authorizations` and `Contacts` tell them.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::audit::{self, StoredEvent};
use super::authorization_items::StoredConsent;
use super::authorizations::CONSENT;
use super::contacts::{CONTACT, StoredContact};
use super::stream::{Record, records};
use crate::domain::event::account_change::{AccountChange, ItemChange};
use crate::dynamodb::Item;

/// A change that a stream tells.
#[derive(Debug)]
pub struct StreamedChange {
    /// The number of its record in the stream.
    pub number: String,
    /// The id of its record, the same each time that the stream gives it.
    pub record: String,
    /// The change; none if this version cannot read it.
    pub change: Option<AccountChange>,
}

/// The changes in an event of a stream, in their order.
pub fn account_changes(event: &Value) -> Vec<StreamedChange> {
    records(event).unwrap_or_default().into_iter().map(StreamedChange::of).collect()
}

impl StreamedChange {
    fn of(record: Record) -> Self {
        let sk = &record.key.sk;
        let change = if sk.starts_with(CONTACT) {
            item_change(&record, |StoredContact(contact)| contact).map(AccountChange::Contact)
        } else if sk.starts_with(CONSENT) {
            item_change(&record, |StoredConsent(consent)| consent).map(AccountChange::Consent)
        } else if sk.starts_with(audit::EVENT) {
            let stored = record.new.as_ref().and_then(|new| new.read::<StoredEvent>().ok());
            stored.map(|stored| AccountChange::Audited(stored.event))
        } else {
            None
        };
        Self { number: record.number, record: record.id, change }
    }
}

/// Both images of an item; none if one of them cannot be read, or there is none.
fn item_change<S: DeserializeOwned, T>(record: &Record, of: impl Fn(S) -> T) -> Option<ItemChange<T>> {
    let read = |image: &Option<Item>| image.as_ref().map(Item::read::<S>).transpose().map(|stored| stored.map(&of));
    let (old, new) = (read(&record.old).ok()?, read(&record.new).ok()?);
    (old.is_some() || new.is_some()).then_some(ItemChange { old, new })
}
