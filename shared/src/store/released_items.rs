//! Every item that a released version wrote is still read: `tests/items/VERSION/` has one of each kind.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::apps::{AppCount, ListEntry, StoredApp};
use super::authorization_items::{
    Mark, StoredAttempt, StoredCode, StoredConsent, StoredDevice, StoredPending, StoredPendingLink, StoredPushed,
};
use super::contacts::StoredContact;
use super::deletions::StoredDeletion;
use super::events::{Counter, IdempotencyItem, StoredEvent};
use super::keys::{KeyEntry, KeysItem};
use super::limits::LimitItem;
use super::mailed_links::StoredLink;
use super::outbox::StoredMail;
use super::sessions::StoredSession;
use super::table::Item;
use super::user_keys::StoredKey;
use super::users::{ClaimItem, StoredUser};

/// DynamoDB's JSON for a value.
fn value(json: &Value) -> AttributeValue {
    let (form, inner) = json.as_object().and_then(|form| form.iter().next()).expect("one form of a value");
    let text = || inner.as_str().unwrap_or_default().to_owned();
    match form.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "B" => AttributeValue::B(STANDARD.decode(text()).expect("base64").into()),
        "BOOL" => AttributeValue::Bool(inner == true),
        "L" => AttributeValue::L(inner.as_array().into_iter().flatten().map(value).collect()),
        "M" => AttributeValue::M(item(inner)),
        _ => panic!("no item has a {form}"),
    }
}

fn item(json: &Value) -> Item {
    json.as_object().into_iter().flatten().map(|(name, json)| (name.clone(), value(json))).collect()
}

/// What the two keys of an item begin with: its kind.
fn kind(item: &Item) -> String {
    let part = |name: &str| item[name].as_s().unwrap().split('#').next().unwrap().to_owned();
    format!("{} {}", part("pk"), part("sk"))
}

fn is<T: DeserializeOwned>(item: Item) -> Result<(), String> {
    serde_dynamo::from_item(item).map(|_: T| ()).map_err(|error| error.to_string())
}

/// Reads an item as its store does.
fn read(table: &str, item: Item) -> Result<(), String> {
    match (table, kind(&item).as_str()) {
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
            let stored: KeysItem = serde_dynamo::from_item(item).map_err(|error| error.to_string())?;
            let is_known = stored.keys.iter().all(|key| matches!(key, KeyEntry::Known(_)));
            is_known.then_some(()).ok_or_else(|| "a key is not read".to_owned())
        }
        ("Contacts", "account contact") => is::<StoredContact>(item),
        ("Events", "account event") => is::<StoredEvent>(item),
        ("Events", "account counter") => is::<Counter>(item),
        ("Events", "account idempotency") => is::<IdempotencyItem>(item),
        ("Audit", "account event" | "nobody event") => is::<super::audit::StoredEvent>(item),
        ("Mail", "outbox mail") => is::<StoredMail>(item),
        (_, kind) => Err(format!("no store reads a {kind}")),
    }
}

/// Every fixture: its file, its table, and the item.
fn fixtures() -> Vec<(String, String, Item)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/items");
    let mut found = Vec::new();
    for version in fs::read_dir(folder).expect("the fixtures") {
        for file in fs::read_dir(version.expect("a version").path()).expect("a folder") {
            let path = file.expect("a file").path();
            let table = path.file_stem().expect("a table").to_string_lossy().into_owned();
            let items: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).expect("text")).expect("JSON");
            found.extend(items.iter().map(|json| (path.display().to_string(), table.clone(), item(json))));
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
        assert_eq!(read(&table, item), Ok(()), "{file}: {shown}");
    }
}

#[test]
fn an_attribute_that_a_newer_version_added_is_passed_over() {
    for (file, table, mut item) in fixtures() {
        let added = HashMap::from([("by".to_owned(), AttributeValue::S("a newer version".to_owned()))]);
        item.insert("added_later".to_owned(), AttributeValue::M(added));
        let shown = kind(&item);
        assert_eq!(read(&table, item), Ok(()), "{file}: {shown}");
    }
}
