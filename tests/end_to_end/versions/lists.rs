//! No list stops at an item that this version does not know.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use local::MailTrouble;
use serde_json::{Value, json};

use super::{Item, s, with};
use crate::deletion::{FullUser, full_user, text, verified_full_user};
use crate::harness::{Alice, OPERATED, PASSWORD, TestServer};

/// The lists of a user and of an operator: the table, and what the sort keys of their items begin with.
const LISTS: [(&str, &str); 8] = [
    ("Mail", "due#"),
    ("Audit", "event#"),
    ("RefreshTokens", "session#"),
    ("RefreshTokens", "key-session#"),
    ("Authorizations", "consent#"),
    ("Contacts", "contact#"),
    ("Apps", "app#"),
    ("Users", "key#"),
];

/// What a later version may add to an item.
fn added() -> (&'static str, AttributeValue) {
    ("added_later", AttributeValue::M(HashMap::from([("by".to_owned(), s("a newer version"))])))
}

/// An item of a form that no version knows yet, in the same place but for its last character.
fn unreadable(item: &Item) -> Item {
    let last = format!("{}x", item["sk"].as_s().expect("a string"));
    Item::from([("pk".to_owned(), item["pk"].clone()), ("sk".to_owned(), s(&last)), ("form".to_owned(), s("new"))])
}

/// All pages of `users-export`, without the events, because each export is one.
async fn export(driftwood: &TestServer, alice: &Alice) -> Value {
    let (mut pages, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = driftwood.post_as(&alice.access_token, "users-export", json!({"cursor": cursor})).await.result();
        let mut export = page["export"].clone();
        export.as_object_mut().expect("an object").remove("events");
        pages.push(export);
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            return json!(pages);
        }
    }
}

/// What every list shows.
async fn lists(driftwood: &TestServer, user: &FullUser<'_>, operator: &Alice) -> Vec<Value> {
    let alice = &user.alice;
    let ask = |name: &'static str, body: Value| async move {
        driftwood.post_as(&alice.access_token, name, body).await.result()
    };
    let bearer = format!("Bearer {}", alice.access_token);
    let apps = driftwood.send(reqwest::Method::GET, "/api/v1/apps", &[("authorization", &bearer)], "").await;
    assert_eq!(apps.status, 200);
    let page = user.browser.get("/account").await;
    assert_eq!(page.status, 200);
    let named = page.text.matches("Key of Aurelia").count();
    let users = driftwood.post_as(&operator.access_token, "users-list", json!({"limit": 1})).await.result();
    let events = driftwood.trail(&alice.access_token, json!({"limit": 1})).await;
    let exports = |event: &Value| event["action"] == "user.exported";
    vec![
        json!(events.into_iter().filter(|event| !exports(event)).collect::<Vec<_>>()),
        ask("contacts-list", json!({"limit": 1})).await,
        ask("events-list", json!({"limit": 1})).await,
        ask("oauth-apps-list", json!({"limit": 1})).await,
        apps.json(),
        json!(named),
        users,
        export(driftwood, alice).await,
    ]
}

#[tokio::test]
async fn every_list_goes_on_without_the_items_that_it_does_not_know() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let client = driftwood.spa().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 100);
    let user = full_user(&driftwood, &client).await;
    let before = lists(&driftwood, &user, &operator).await;
    // First items with more attributes than this version knows: nothing is left out.
    for (table, sort) in LISTS.into_iter().chain([("Events", "event#"), ("Users", "user")]) {
        let items = driftwood.items_of(table, sort).await;
        assert!(!items.is_empty(), "{table} {sort}");
        for item in items {
            driftwood.put_item(table, with(&item, &[added()])).await;
        }
    }
    assert_eq!(lists(&driftwood, &user, &operator).await, before);
    let has_skipped = |key: &str| driftwood.has_logged(key, "a list has items of another version");
    let (id, account) = (&user.alice.user_id, &user.account_id);
    assert!(!has_skipped(id) && !has_skipped(account));
    // Then, beside each item, one that cannot be read.
    for (table, sort) in LISTS {
        for item in driftwood.items_of(table, sort).await {
            driftwood.put_item(table, unreadable(&item)).await;
        }
    }
    // An event has a place of its own, and a user is found by an index.
    let mut events = driftwood.items_of("Events", "event#").await;
    events.sort_by_key(|item| item["sk"].as_s().unwrap().clone());
    let last: HashMap<String, Item> =
        events.into_iter().map(|item| (item["pk"].as_s().unwrap().clone(), item)).collect();
    for item in last.values() {
        let number: u64 = item["sk"].as_s().unwrap().trim_start_matches("event#").parse().unwrap();
        let next = s(&format!("event#{:0>20}", number + 1));
        driftwood.put_item("Events", with(item, &[("sk", next), ("kind", AttributeValue::Bool(true))])).await;
    }
    for item in driftwood.items_of("Events", "counter").await {
        let last: u64 = item["sequence"].as_n().unwrap().parse().unwrap();
        let next = AttributeValue::N((last + 1).to_string());
        driftwood.put_item("Events", with(&item, &[("sequence", next)])).await;
    }
    let item = driftwood.items_of("Users", "user").await.pop().expect("a user");
    let newer = "ffffffff-7b50-7d3c-8a2f-0c1d2e3f4a5b";
    let gardener = [("pk", s(&format!("user#{newer}"))), ("id", s(newer)), ("role", s("gardener"))];
    driftwood.put_item("Users", with(&item, &gardener)).await;
    for item in driftwood.items_of("Apps", "app").await.iter().filter(|item| item.contains_key("created_by")) {
        let (app, account) = (newer, item["account_id"].as_s().unwrap());
        let entry = [("pk", s(&format!("account#{account}"))), ("sk", s(&format!("app#{app}"))), ("app_id", s(app))];
        driftwood.put_item("Apps", with(&Item::new(), &entry)).await;
        let app = [("pk", s(&format!("app#{app}"))), ("metadata", s("in one string"))];
        driftwood.put_item("Apps", with(item, &app)).await;
    }
    let after = lists(&driftwood, &user, &operator).await;
    for (n, (before, after)) in before.iter().zip(&after).enumerate() {
        // A list that ended with the last item it knew goes on, to a page that is empty.
        let (mut before, mut after) = (before.clone(), after.clone());
        for page in [&mut before, &mut after] {
            page.as_object_mut().map(|page| page.remove("next_cursor"));
        }
        assert_eq!(before, after, "list {n}");
    }
    for list in ["session", "key-session", "consent", "key"] {
        assert!(has_skipped(&format!("user#{id}/{list}#")), "{list}");
    }
    for list in ["contact", "app"] {
        assert!(has_skipped(&format!("account#{account}/{list}#")), "{list}");
    }
    assert!(has_skipped(&format!("events#{account}#0/event#")) && has_skipped(&format!("account#{account}/event#")));
    assert!(has_skipped(&format!("user#{newer}/user")) && has_skipped(&format!("app#{newer}/app")));
}

#[tokio::test]
async fn a_mail_of_an_unknown_kind_stops_no_other_and_waits_for_the_version_that_knows_it() {
    let driftwood = TestServer::start().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    let alice = driftwood.alice().await;
    let known = driftwood.items("Mail").await.pop().expect("a mail");
    let due = known["sk"].as_s().unwrap().split('#').nth(1).unwrap().to_owned();
    let saying = |message: HashMap<String, AttributeValue>| {
        let mut task = known["task"].as_m().unwrap().clone();
        task.insert("message".to_owned(), AttributeValue::M(message));
        ("task", AttributeValue::M(task))
    };
    let mut message = known["task"].as_m().unwrap()["message"].as_m().unwrap().clone();
    let mut link = message["link"].as_m().unwrap().clone();
    link.insert("purpose".to_owned(), s("open_the_door"));
    message.insert("kind".to_owned(), s("postcard"));
    let id = "00000000-7b50-7d3c-8a2f-0c1d2e3f4a5b";
    let place = [("sk", s(&format!("due#{due}#{id}#again"))), ("id", s(id))];
    let unknown = with(&with(&known, &place), &[saying(message.clone())]);
    driftwood.put_item("Mail", unknown.clone()).await;
    let place = ("sk", s(&format!("due#{due}#00000000-7b50-7d3c-8a2f-0c1d2e3f4a5c#again")));
    message.insert("kind".to_owned(), s("verify_email"));
    message.insert("link".to_owned(), AttributeValue::M(link));
    let purpose = with(&known, &[place, saying(message)]);
    driftwood.put_item("Mail", purpose.clone()).await;

    driftwood.advance(60);
    driftwood.server.run("mail-send").await.expect("a run");
    assert_eq!(driftwood.mail_to(&alice.email).len(), 1, "the mail that it knows");
    let left = driftwood.items("Mail").await;
    assert!(left.len() == 2 && left.contains(&unknown) && left.contains(&purpose), "the others are as they were");
    assert!(driftwood.has_logged("\"skipped\":2", &format!("due#{due}#{id}")));

    // The newer version is back, and knows the kind.
    driftwood.put_item("Mail", with(&unknown, &[("task", known["task"].clone())])).await;
    driftwood.server.run("mail-send").await.expect("a run");
    assert_eq!(driftwood.mail_to(&alice.email).len(), 2);
}

#[tokio::test]
async fn an_audit_event_of_an_unknown_action_is_shown_in_its_own_words() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let is_hers = |item: &Item| item["pk"].as_s().expect("a string").starts_with("account#");
    let known = driftwood.items_of("Audit", "event#").await.into_iter().find(is_hers).expect("an event");
    let place = |id: &str| [("sk", s(&format!("event#{id}"))), ("id", s(id))];
    let floated = with(&known, &place("00000000-0000-7000-8000-000000000001"));
    driftwood.put_item("Audit", with(&floated, &[("action", s("driftwood.floated"))])).await;
    let undecided = with(&known, &place("00000000-0000-7000-8000-000000000002"));
    driftwood.put_item("Audit", with(&undecided, &[("outcome", s("undecided"))])).await;
    for limit in [1, 50] {
        let events = driftwood.trail(&alice.access_token, json!({"limit": limit})).await;
        let actions: Vec<&str> = events.iter().map(|event| text(&event["action"])).collect();
        assert_eq!(actions, [text(&json!(known["action"].as_s().unwrap())), "driftwood.floated"], "{limit}");
    }
    driftwood.post_as(&alice.access_token, "users-export", json!({})).await.result();
}

#[tokio::test]
async fn a_sign_out_ends_a_session_of_a_kind_that_it_does_not_know() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    let is_of_app = |item: &Item| item.contains_key("grant");
    let session = driftwood.items_of("RefreshTokens", "session#").await.into_iter().find(is_of_app).expect("a session");
    let sort = "session#00000000-7b50-7d3c-8a2f-0c1d2e3f4a5b";
    let unknown = [("sk", s(sort)), ("id", s(&sort[8..])), ("kind", s("refrigerator"))];
    driftwood.put_item("RefreshTokens", with(&session, &unknown)).await;
    let of_unknown = || async { driftwood.items_of("RefreshTokens", sort).await.pop() };

    let page = visitor.get("/account").await;
    let sign_out = page.forms().into_iter().find(|form| form.text.contains("sign-out")).expect("a form");
    let hidden = sign_out.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pressed: Vec<_> = hidden.filter(|(name, _)| *name != "action").chain([("action", "sign-out")]).collect();
    assert_eq!(visitor.post(&sign_out.action, &pressed).await.status, 303);
    assert!(of_unknown().await.expect("the session").contains_key("revoked_at"), "it ended with the browser's session");

    // Everywhere is by the user's epoch, which every session carries; and a deletion deletes what it cannot read.
    let token = driftwood.login(&email, PASSWORD).await.result()["access_token"].as_str().unwrap().to_owned();
    driftwood.post_as(&token, "users-delete", json!({"password": PASSWORD})).await.result();
    assert_eq!(of_unknown().await, None);
}

#[tokio::test]
async fn a_deletion_deletes_what_it_cannot_read_and_waits_for_no_other() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let user = verified_full_user(&driftwood, &client).await;
    let (id, account) = (&user.alice.user_id, &user.account_id);
    let partitions = [
        ("Users", format!("user#{id}")),
        ("RefreshTokens", format!("user#{id}")),
        ("Authorizations", format!("user#{id}")),
        ("Contacts", format!("account#{account}")),
        ("Events", format!("account#{account}")),
        ("Apps", format!("account#{account}")),
    ];
    for (table, partition) in &partitions {
        for sort in ["barnacle#1", "zebra#1"] {
            driftwood.put_item(table, with(&Item::new(), &[("pk", s(partition)), ("sk", s(sort))])).await;
        }
    }
    // The record of another deletion, of a form that this version does not know.
    let record = [("pk", s("deletions")), ("sk", s("user#00000000-7b50-7d3c-8a2f-0c1d2e3f4a5b"))];
    driftwood.put_item("Users", with(&Item::new(), &record)).await;
    assert_eq!(user.delete(&driftwood).await.status, 200);
    driftwood.server.run("users-purge").await.unwrap();
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(user.left(&driftwood).await, [""; 0]);
    assert_eq!(driftwood.items_of("Users", "user#").await.len(), 1, "the record waits for the version that wrote it");
}
