//! `POST /api/users-export` and `/account/export`

use serde_json::{Value, json};

use super::{data_app, delegated, full_user, own_tokens, text};
use crate::harness::{Alice, PASSWORD, TestServer};
use crate::recovery::{events, reset_token, signed_in};

/// All pages, from the first to the last.
async fn pages(driftwood: &TestServer, alice: &Alice) -> Vec<Value> {
    let (mut pages, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = driftwood.post_as(&alice.access_token, "users-export", json!({"cursor": cursor})).await.result();
        cursor = page["next_cursor"].clone();
        pages.push(page["export"].clone());
        if cursor.is_null() {
            return pages;
        }
        assert!(pages.len() < 50, "the pages end");
    }
}

/// The items of a list from all pages.
fn all<'p>(pages: &'p [Value], name: &str) -> Vec<&'p Value> {
    pages.iter().flat_map(|page| page[name].as_array().map(|list| list.iter()).into_iter().flatten()).collect()
}

#[tokio::test]
async fn it_has_all_data_about_the_user_and_no_secret() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let owner = full_user(&driftwood, &client).await;
    let alice = &owner.alice;
    reset_token(&driftwood, &alice.email).await;
    let pages = pages(&driftwood, alice).await;
    let first = &pages[0];
    let user = &first["user"];
    assert_eq!(
        [&user["id"], &user["account_id"], &user["email"], &user["name"]].map(text),
        [&alice.user_id, &owner.account_id, &alice.email, &owner.name]
    );
    assert_eq!((&user["email_verified_at"], &user["locale"]), (&Value::Null, &Value::Null));
    let mut kinds: Vec<&str> = first["sessions"].as_array().unwrap().iter().map(|one| text(&one["kind"])).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["api", "app", "browser", "user_key"]);
    assert_eq!(text(&first["connected_apps"][0]["client_id"]), client.app.client_id);
    assert_eq!(first["apps"].as_array().unwrap().len(), 2);
    let [webhook] = &first["webhooks"].as_array().unwrap()[..] else { panic!("one webhook: {first}") };
    assert_eq!(
        [&webhook["app_id"], &webhook["url"]].map(text),
        [&owner.own_app.app.id, "https://own.example/webhooks"]
    );
    assert_eq!((&webhook["types"], &webhook["enabled"]), (&json!(["*"]), &json!(true)));
    assert_eq!(all(&pages, "contacts").len(), 3);
    let posted: Vec<&Value> =
        all(&pages, "posted_events").into_iter().filter(|event| crate::events::is_posted(event)).collect();
    assert_eq!((posted.len(), &posted[0]["data"]), (1, &json!({"customer": owner.name})));
    let actions: Vec<&str> = all(&pages, "events").iter().map(|event| text(&event["action"])).collect();
    for action in ["user.registered", "app.created", "consent.given", "password.reset_requested", "user.exported"] {
        assert!(actions.contains(&action), "{action}");
    }
    assert!(pages[1..].iter().all(|page| page.get("user").is_none() && page.get("sessions").is_none()));
    let text = json!(pages).to_string();
    for secret in ["dw_rt_", "dw_ml_", "dw_ra_", "dw_dc_", "whsec_", "argon2", "hash", "epoch", "eyJ", PASSWORD] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    for secret in driftwood.secrets().iter().filter(|secret| secret.len() > 10) {
        assert!(!text.contains(secret.as_str()), "a secret that the server returned");
    }
    // No page contains a hash from the tables.
    for table in ["Users", "RefreshTokens", "Apps", "Authorizations"] {
        for item in driftwood.items(table).await {
            for (name, value) in item.iter().filter(|(name, _)| name.contains("hash")) {
                let value = format!("{value:?}");
                assert!(value.split('"').filter(|part| part.len() > 20).all(|part| !text.contains(part)), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn it_has_no_data_about_other_users() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (hers, his) = (full_user(&driftwood, &client).await, full_user(&driftwood, &client).await);
    let text = json!(pages(&driftwood, &hers.alice).await).to_string();
    for word in [&his.alice.user_id, &his.account_id, &his.alice.email, &his.name, &client.developer.user_id] {
        assert!(!text.contains(word.as_str()), "{word}");
    }
    // A cursor is a position and never selects an account.
    let mut cursors = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page = driftwood.post_as(&his.alice.access_token, "users-export", json!({"cursor": cursor})).await.result();
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
        cursors.push(cursor.clone());
    }
    for cursor in cursors {
        let page = driftwood.post_as(&hers.alice.access_token, "users-export", json!({"cursor": cursor})).await;
        assert!(!page.result().to_string().contains(&his.account_id));
    }
}

#[tokio::test]
async fn a_cursor_continues_exactly_where_the_page_ended() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for n in 0..203 {
        let contact = json!({"email": format!("c{n:03}@example.com")});
        driftwood.post_as(&alice.access_token, "contacts-create", contact).await.result();
    }
    for n in 0..103 {
        driftwood.event(&alice, crate::events::order(n)).await;
    }
    for n in 0..110 {
        driftwood.post_as(&alice.access_token, "users-update", json!({"name": format!("Name {n}")})).await.result();
    }
    let pages = pages(&driftwood, &alice).await;
    let sizes =
        |name: &str| -> Vec<usize> { pages.iter().map(|page| all(std::slice::from_ref(page), name).len()).collect() };
    assert_eq!(sizes("contacts"), [100, 100, 3, 0, 0, 0, 0, 0, 0, 0]);
    // One for the registration, each contact, each order and each change of the name.
    assert_eq!(sizes("posted_events"), [0, 0, 0, 100, 100, 100, 100, 17, 0, 0]);
    assert_eq!(sizes("events"), [0, 0, 0, 0, 0, 0, 0, 0, 100, 12]);
    for (name, count) in [("contacts", 203), ("posted_events", 417), ("events", 112)] {
        let mut ids: Vec<&str> = all(&pages, name).iter().map(|one| text(&one["id"])).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}: each item is there once");
    }
    assert_eq!(events(&driftwood, "user.exported").await, ["succeeded"], "one export, however many pages");
}

#[tokio::test]
async fn a_repeated_request_returns_the_same_page() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let export = |cursor: Value| driftwood.post_as(&alice.access_token, "users-export", json!({"cursor": cursor}));
    let first = export(Value::Null).await.result();
    let cursor = first["next_cursor"].clone();
    assert_eq!(export(cursor.clone()).await.result(), export(cursor).await.result());
    for cursor in [
        "contacts:",
        "contacts",
        "posted:",
        "posted:-1",
        "events:x",
        "sessions:1",
        "user#1",
        "contacts:00000000-0000-0000-0000-00000000000g",
    ] {
        assert_eq!(export(json!(cursor)).await.mistaken_fields(), ["cursor"], "{cursor}");
    }
    // A cursor without an item in this account is a valid position.
    let nowhere = export(json!("contacts:00000000-0000-7000-8000-000000000000")).await;
    assert_eq!(nowhere.result()["export"]["contacts"], json!([]));
}

#[tokio::test]
async fn a_browser_downloads_it_as_a_file() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let alice = signed_in(&driftwood, &email, PASSWORD).await;
    for n in 0..130 {
        let contact = json!({"email": format!("c{n:03}@example.com")});
        driftwood.post_as(&alice.access_token, "contacts-create", contact).await.result();
    }
    driftwood.event(&alice, crate::events::order(1)).await;
    let page = visitor.get("/account").await;
    let form = page.forms().into_iter().find(|form| form.action == "/account/export").unwrap();
    let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let file = visitor.post("/account/export", &fields).await;
    assert_eq!((file.status, file.header("content-disposition")), (200, "attachment; filename=\"account.json\""));
    let file = file.json();
    assert_eq!((text(&file["export"]["user"]["email"]), &file["next_cursor"]), (email.as_str(), &Value::Null));
    assert_eq!(file["export"]["contacts"].as_array().unwrap().len(), 130);
    assert_eq!(
        file["export"]["posted_events"].as_array().unwrap().len(),
        132,
        "of the user, the contacts and the order"
    );
    assert_eq!(visitor.get("/account/export").await.header("location"), "/account");
    assert_eq!(events(&driftwood, "user.exported").await, ["succeeded"]);
}

#[tokio::test]
async fn a_file_is_within_the_size_limit_of_a_response_and_has_a_cursor_for_the_rest() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let alice = signed_in(&driftwood, &email, PASSWORD).await;
    for _ in 0..130 {
        let body = json!({"type": "order.placed", "data": {"quotes": "\"".repeat(16_000)}});
        driftwood.event(&alice, body).await;
    }
    let page = visitor.get("/account").await;
    let form = page.forms().into_iter().find(|form| form.action == "/account/export").unwrap();
    let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let file = visitor.post("/account/export", &fields).await;
    assert!(json!(file.text).to_string().len() < 6_000_000, "as Lambda counts it");
    let file = file.json();
    let mut count = file["export"]["posted_events"].as_array().unwrap().len();
    let mut cursor = file["next_cursor"].clone();
    assert!(cursor.is_string());
    while !cursor.is_null() {
        let page = driftwood.post_as(&alice.access_token, "users-export", json!({"cursor": cursor})).await.result();
        count += page["export"]["posted_events"].as_array().unwrap().len();
        cursor = page["next_cursor"].clone();
    }
    assert_eq!(count, 131, "the orders, and the registration");
}

#[tokio::test]
async fn an_app_needs_the_scope_and_a_user() {
    let driftwood = TestServer::start().await;
    let client = data_app(&driftwood).await;
    let (email, with) = delegated(&driftwood, &client, "openid gdpr_read").await;
    let (_, without) = delegated(&driftwood, &client, "openid user_write gdpr_write").await;
    let exported = driftwood.post_as(&with, "users-export", json!({})).await.result();
    assert_eq!(text(&exported["export"]["user"]["email"]), email);
    let refused = driftwood.post_as(&without, "users-export", json!({})).await;
    refused.refused(403, "insufficient_scope");
    assert!(refused.header("www-authenticate").contains(" gdpr_read\""));
    for own in own_tokens(&driftwood).await {
        assert_eq!(driftwood.post_as(&own, "users-export", json!({})).await.status, 403);
    }
    driftwood.post("users-export", json!({})).await.refused(401, "unauthorized");
}
