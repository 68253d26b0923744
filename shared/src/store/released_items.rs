//! Every item that a released version wrote is still read: `tests/items/VERSION/` has one of each kind.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::apps::{AppCount, ListEntry, StoredApp};
use super::authorization_items::{
    Mark, StoredAttempt, StoredCode, StoredConsent, StoredDevice, StoredPending, StoredPendingLink, StoredPushed,
};
use super::contacts::StoredContact;
use super::deletions::StoredDeletion;
use super::event_items::{IdempotencyItem, StoredEvent, UnusedNumber};
use super::keys::{KeyEntry, KeysItem};
use super::limits::LimitItem;
use super::mailed_links::StoredLink;
use super::outbox::EarlierMail;
use super::queue::WorkItem;
use super::sessions::StoredSession;
use super::user_keys::StoredKey;
use super::users::{ClaimItem, StoredUser};
use super::webhooks::{AttemptItem, WebhooksItem};
use crate::domain::event::counter::Counter;
use crate::domain::mail::message::Letter;
use crate::domain::webhook::delivery::Delivery;
use crate::dynamodb::Item;

/// What the two keys of an item begin with: its kind.
fn kind(item: &Value) -> String {
    let part = |name: &str| item[name]["S"].as_str().unwrap().split('#').next().unwrap().to_owned();
    format!("{} {}", part("pk"), part("sk"))
}

fn read_as<T: DeserializeOwned>(json: &Value) -> Result<T, String> {
    let item: Item = serde_json::from_str(&json.to_string()).expect("an item");
    item.read().map_err(|error| error.to_string())
}

fn is<T: DeserializeOwned>(json: &Value) -> Result<(), String> {
    read_as(json).map(|_: T| ())
}

/// Reads an item as its store does.
fn read(table: &str, item: &Value) -> Result<(), String> {
    match (table, kind(item).as_str()) {
        ("Users", "user user") => is::<StoredUser>(item),
        ("Users", "user key") => is::<StoredKey>(item),
        ("Users", "email email" | "username username" | "upstream upstream" | "import import") => is::<ClaimItem>(item),
        ("Users", "deletions user" | "deletions due") => is::<StoredDeletion>(item),
        // Nothing reads these.
        ("Users", "account account") | ("Contacts", "account email" | "account count") => Ok(()),
        ("Apps", "account app") => is::<ListEntry>(item),
        ("Apps", "account count") => is::<AppCount>(item),
        ("Apps", "app app" | "document app") => is::<StoredApp>(item),
        ("RefreshTokens", "user session" | "user key-session") => is::<StoredSession>(item),
        ("Authorizations", "authorization authorization") => is::<StoredPending>(item),
        ("Authorizations", "user consent") => is::<StoredConsent>(item),
        ("Authorizations", "user code") => is::<StoredCode>(item),
        ("Authorizations", "user link") => is::<StoredLink>(item),
        ("Authorizations", "device device") => is::<StoredDevice>(item),
        ("Authorizations", "pushed pushed") => is::<StoredPushed>(item),
        ("Authorizations", "upstream attempt") => is::<StoredAttempt>(item),
        ("Authorizations", "upstream pending-link") => is::<StoredPendingLink>(item),
        ("Authorizations", "assertion spent" | "token revoked") => is::<Mark>(item),
        ("Limits", _) => is::<LimitItem>(item),
        ("Keys", "keys keys") => {
            let stored: KeysItem = read_as(item)?;
            let is_known = stored.keys.iter().all(|key| matches!(key, KeyEntry::Known(_)));
            is_known.then_some(()).ok_or_else(|| "a key is not read".to_owned())
        }
        ("Contacts", "account contact") => is::<StoredContact>(item),
        ("Events", "events event") if item.get("unused").is_some() => is::<UnusedNumber>(item),
        ("Events", "account event" | "events event") => is::<StoredEvent>(item),
        ("Events", "account counter") => is::<Counter>(item),
        ("Events", "account idempotency" | "idempotency idempotency") => is::<IdempotencyItem>(item),
        ("Audit", "account event" | "nobody event") => is::<super::audit::StoredEvent>(item),
        ("Mail", "outbox mail") => is::<EarlierMail>(item),
        ("Mail", "mail due" | "mail dead") => is::<WorkItem<Letter>>(item),
        ("Webhooks", "app webhooks") => is::<WebhooksItem>(item),
        ("Webhooks", "webhook due" | "webhook dead") => is::<WorkItem<Delivery>>(item),
        ("Webhooks", "webhook-attempts attempt") => is::<AttemptItem>(item),
        (_, kind) => Err(format!("no store reads a {kind}")),
    }
}

/// Every fixture: its file, its table, and the item.
fn fixtures() -> Vec<(String, String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/items");
    let mut found = Vec::new();
    for version in fs::read_dir(folder).expect("the fixtures") {
        for file in fs::read_dir(version.expect("a version").path()).expect("a folder") {
            let path = file.expect("a file").path();
            let table = path.file_stem().expect("a table").to_string_lossy().into_owned();
            let items: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).expect("text")).expect("JSON");
            found.extend(items.into_iter().map(|item| (path.display().to_string(), table.clone(), item)));
        }
    }
    found
}

#[test]
fn every_item_that_a_released_version_wrote_is_still_read() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 40, "they are found");
    for (file, table, item) in fixtures {
        let shown = kind(&item);
        assert_eq!(read(&table, &item), Ok(()), "{file}: {shown}");
    }
}

#[test]
fn an_attribute_that_a_newer_version_added_is_passed_over() {
    for (file, table, mut item) in fixtures() {
        item["added_later"] = json!({"M": {"by": {"S": "a newer version"}}});
        let shown = kind(&item);
        assert_eq!(read(&table, &item), Ok(()), "{file}: {shown}");
    }
}
