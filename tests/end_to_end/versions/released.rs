//! The items that each version wrote: `tests/items/VERSION/` has, for each table, one item of each kind and form.
//!
//! `UPDATE_ITEMS=1 cargo test --test end-to-end versions::released` writes those of the present version anew. That every
//! version's are still read, one by one, is a unit test of the store (`released_items.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Item;
use crate::deletion::text;
use crate::harness::{OPERATED, PASSWORD, TestServer};
use crate::platform::items::{TABLES, kind, one_of_each};

/// The attributes whose values name the form of an item.
const FORMS: [&str; 2] = ["kind", "purpose"];

/// What the ids in the fixtures begin with.
const IDS: &str = "01997042-7b50-7000-8000-";

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "items"].iter().collect()
}

/// The folder of the present version.
fn present() -> PathBuf {
    folder().join(env!("CARGO_PKG_VERSION"))
}

/// DynamoDB's JSON for a value.
fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
        AttributeValue::Bool(is) => json!({ "BOOL": is }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(to_json).collect::<Vec<_>>() }),
        AttributeValue::M(map) => json!({ "M": item_to_json(map) }),
        other => panic!("no item has a {other:?}"),
    }
}

fn item_to_json(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), to_json(value))).collect::<Map<_, _>>())
}

fn from_json(json: &Value) -> AttributeValue {
    let (form, inner) = json.as_object().unwrap().iter().next().unwrap();
    match form.as_str() {
        "S" => AttributeValue::S(text(inner).to_owned()),
        "N" => AttributeValue::N(text(inner).to_owned()),
        "B" => AttributeValue::B(STANDARD.decode(text(inner)).unwrap().into()),
        "BOOL" => AttributeValue::Bool(inner == true),
        "L" => AttributeValue::L(inner.as_array().unwrap().iter().map(from_json).collect()),
        "M" => AttributeValue::M(item_from_json(inner)),
        other => panic!("no item has a {other}"),
    }
}

fn item_from_json(json: &Value) -> Item {
    json.as_object().unwrap().iter().map(|(name, value)| (name.clone(), from_json(value))).collect()
}

/// The kind of an item, the names of its attributes, and what says of which form it is.
fn form(item: &Item) -> String {
    let names: BTreeSet<&String> = item.keys().collect();
    let named = FORMS.iter().filter_map(|name| item.get(*name)?.as_s().ok().cloned());
    let message = item.get("task").and_then(|task| task.as_m().ok()?.get("message"));
    let message = message.and_then(|message| message.as_m().ok()?.get("kind")?.as_s().ok().cloned());
    format!("{} {:?} {names:?}", kind(item), named.chain(message).collect::<Vec<_>>())
}

/// One item of each form, by table.
async fn written() -> BTreeMap<&'static str, BTreeMap<String, Item>> {
    let forged = one_of_each().await;
    let driftwood = &forged.driftwood;
    // What comes of a reset, a changed password and address, and a deletion, and a sign-in without an address.
    let alice = driftwood.alice().await;
    driftwood.post("auth-forgot-password", json!({"email": alice.email})).await.result();
    let body = json!({"password": PASSWORD, "new_email": "new@example.com"});
    driftwood.post_as(&alice.access_token, "auth-change-email", body).await.result();
    let body = json!({"current_password": PASSWORD, "new_password": "a password that is new"});
    driftwood.post_as(&alice.access_token, "auth-change-password", body).await.result();
    let bob = driftwood.alice().await;
    driftwood.post_as(&bob.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    driftwood.key_of_new_user("robot").await;
    let body = json!({"client_name": "Registered", "redirect_uris": ["https://registered.example/cb"]});
    driftwood.post_json("/oauth2/register", "", body).await;
    // Where there are several of a form, those of the user who has one of everything, so that the user can sign in.
    let account = driftwood.items_of("Contacts", "contact#").await[0]["account_id"].clone();
    let is_owner = |item: &Item| item.get("account_id") == Some(&account);
    let owner = driftwood.items_of("Users", "user").await.into_iter().find(is_owner).expect("the user")["id"].clone();
    let is_theirs = |item: &Item| {
        let shown = format!("{item:?}");
        [&account, &owner].iter().any(|id| shown.contains(id.as_s().unwrap()))
    };
    let mut written = BTreeMap::new();
    for table in TABLES {
        let mut items = driftwood.items(table).await;
        items.sort_by_key(|item| (!is_theirs(item), ["pk", "sk"].map(|name| item[name].as_s().unwrap().clone())));
        let of_table: &mut BTreeMap<String, Item> = written.entry(table).or_default();
        for item in items {
            of_table.entry(form(&item)).or_insert(item);
        }
    }
    written
}

/// Replaces every UUID by one that says only which it is, so that the files change little when they are written anew.
fn with_fixed_ids(text: &str, known: &mut Vec<String>) -> String {
    let is_uuid = |part: &str| {
        let is_fit = |(at, byte): (usize, u8)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        part.len() == 36 && part.bytes().enumerate().all(is_fit)
    };
    let (mut fixed, mut at) = (String::new(), 0);
    while at < text.len() {
        let end = text.ceil_char_boundary(at + 36);
        match text.get(at..end).filter(|part| is_uuid(part)) {
            Some(id) => {
                let place = known.iter().position(|one| one == id).unwrap_or_else(|| {
                    known.push(id.to_owned());
                    known.len() - 1
                });
                fixed.push_str(&format!("{IDS}{place:012x}"));
                at += 36;
            }
            None => {
                let next = text[at..].chars().next().unwrap();
                fixed.push(next);
                at += next.len_utf8();
            }
        }
    }
    fixed
}

fn read(path: &PathBuf) -> Vec<Item> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; write it by UPDATE_ITEMS=1 cargo test --test end-to-end versions::released",
            path.display()
        )
    });
    serde_json::from_str::<Vec<Value>>(&text).unwrap().iter().map(item_from_json).collect()
}

#[tokio::test]
async fn the_present_version_writes_what_its_fixtures_say() {
    let written = written().await;
    if std::env::var_os("UPDATE_ITEMS").is_some() {
        let mut ids = Vec::new();
        for (table, items) in &written {
            let lines: Vec<String> = items.values().map(|item| item_to_json(item).to_string()).collect();
            // The test servers give out the addresses at example.com anew.
            let text = format!("[\n{}\n]\n", lines.join(",\n")).replace("@example.com", "@released.example");
            std::fs::create_dir_all(present()).unwrap();
            std::fs::write(present().join(format!("{table}.json")), with_fixed_ids(&text, &mut ids)).unwrap();
        }
    }
    for (table, items) in written {
        let path = present().join(format!("{table}.json"));
        let forms: BTreeSet<String> = read(&path).iter().map(form).collect();
        let expected: BTreeSet<String> = items.into_keys().collect();
        assert_eq!(forms, expected, "{}: UPDATE_ITEMS=1 writes it anew", path.display());
    }
}

#[tokio::test]
async fn a_user_of_every_released_version_signs_in_and_finds_everything() {
    for version in std::fs::read_dir(folder()).unwrap() {
        let version = version.unwrap().path();
        let driftwood = TestServer::start_with(&[OPERATED]).await;
        // The keys of a server are its own.
        // A table that came later has no items of an earlier version.
        let files = TABLES.into_iter().map(|table| (table, version.join(format!("{table}.json"))));
        for (table, file) in files.filter(|(table, file)| *table != "Keys" && file.exists()) {
            for item in read(&file) {
                driftwood.put_item(table, item).await;
            }
        }
        let contact = &driftwood.items_of("Contacts", "contact#").await[0];
        let account = contact["account_id"].as_s().unwrap().clone();
        let is_owner = |item: &Item| item.get("account_id").is_some_and(|id| *id == AttributeValue::S(account.clone()));
        let user = driftwood.items_of("Users", "user").await.into_iter().find(is_owner).expect("their user");
        let email = user["email"].as_s().unwrap();
        let token = text(&driftwood.login(email, PASSWORD).await.result()["access_token"]).to_owned();
        let export = driftwood.post_as(&token, "users-export", json!({})).await.result()["export"].clone();
        for list in ["sessions", "user_keys", "connected_apps", "apps", "contacts"] {
            assert_ne!(export[list].as_array().unwrap().len(), 0, "{list} of {}", version.display());
        }
        let browser = driftwood.visitor();
        let page = browser.sign_in(&browser.get("/oauth2/authorize/sign-in").await, email, PASSWORD).await;
        assert_eq!(page.heading(), "Your account");
        let operator = driftwood.operator().await;
        driftwood.post_as(&operator.access_token, "users-list", json!({})).await.result();
        driftwood.server.run("mail-send").await.expect("a run");
        driftwood.server.run("users-purge").await.expect("a run");
        assert!(!driftwood.has_logged(IDS, "another version"), "{}", version.display());
    }
}
