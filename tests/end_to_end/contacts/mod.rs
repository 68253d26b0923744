//! `POST /api/contacts-*`

use serde_json::{Value, json};

use crate::harness::TestServer;

#[tokio::test]
async fn a_contact_is_created_listed_and_changed() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let as_alice = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    let created = as_alice(
        "contacts-create",
        json!({"email": "Grace@Example.com", "name": "Grace", "attributes": {"plan": "pro", "seats": 3}}),
    )
    .await
    .result()["contact"]
        .clone();
    assert_eq!(
        (created["email"].as_str(), created["attributes"]["seats"].as_i64()),
        (Some("grace@example.com"), Some(3))
    );
    assert_eq!(as_alice("contacts-list", json!({"limit": 10})).await.result()["contacts"], json!([created]));
    driftwood.advance(60);
    let renamed =
        as_alice("contacts-update", json!({"id": created["id"], "name": "Grace Hopper"})).await.result()["contact"]
            .clone();
    assert_eq!((renamed["name"].as_str(), &renamed["attributes"]), (Some("Grace Hopper"), &created["attributes"]));
    assert!(
        renamed["updated_at"].as_str() > created["updated_at"].as_str()
            && renamed["created_at"] == created["created_at"]
    );
    let moved =
        as_alice("contacts-update", json!({"id": created["id"], "email": "hopper@example.com", "attributes": {}}))
            .await
            .result()["contact"]
            .clone();
    assert_eq!(
        (moved["email"].as_str(), moved["name"].as_str(), &moved["attributes"]),
        (Some("hopper@example.com"), Some("Grace Hopper"), &json!({}))
    );
    assert_eq!(as_alice("contacts-list", json!({})).await.result()["contacts"], json!([moved]));
    as_alice("contacts-create", json!({"email": "grace@example.com"})).await.result();
}

#[tokio::test]
async fn an_account_has_one_contact_for_an_address() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let creations =
        (0..32).map(|_| driftwood.post_as(&alice.access_token, "contacts-create", json!({"email": "c@example.com"})));
    let replies = futures_util::future::join_all(creations).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    replies.iter().filter(|reply| reply.status != 200).for_each(|reply| _ = reply.refused(409, "email_taken"));
    let other =
        driftwood.post_as(&alice.access_token, "contacts-create", json!({"email": "d@example.com"})).await.result();
    driftwood
        .post_as(
            &alice.access_token,
            "contacts-update",
            json!({"id": other["contact"]["id"], "email": "c@example.com"}),
        )
        .await
        .refused(409, "email_taken");
    assert_eq!(driftwood.count_items("Contacts").await, 5, "two contacts, their addresses, and their number");
}

#[tokio::test]
async fn a_cursor_continues_where_the_page_ended() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for n in 0..5 {
        driftwood
            .post_as(&alice.access_token, "contacts-create", json!({"email": format!("c{n}@example.com")}))
            .await
            .result();
        driftwood.advance(1);
    }
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = driftwood
            .post_as(&alice.access_token, "contacts-list", json!({"limit": 2, "cursor": cursor}))
            .await
            .result();
        seen.extend(
            page["contacts"].as_array().unwrap().iter().map(|contact| contact["email"].as_str().unwrap().to_owned()),
        );
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["c0@example.com", "c1@example.com", "c2@example.com", "c3@example.com", "c4@example.com"]);
}

#[tokio::test]
async fn a_deleted_contact_is_gone_and_its_address_is_free() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let as_alice = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    let contact = as_alice("contacts-create", json!({"email": "c@example.com"})).await.result()["contact"].clone();
    let other = as_alice("contacts-create", json!({"email": "d@example.com"})).await.result()["contact"].clone();
    let named = json!({"id": contact["id"]});
    assert_eq!(as_alice("contacts-delete", named.clone()).await.result(), json!({}));
    assert_eq!(as_alice("contacts-list", json!({})).await.result()["contacts"], json!([other]));
    assert_eq!(driftwood.count_items("Contacts").await, 3, "the other contact, its address, and their number");
    as_alice("contacts-delete", named).await.refused(404, "not_found");
    as_alice("contacts-update", json!({"id": contact["id"], "name": "C"})).await.refused(404, "not_found");
    as_alice("contacts-create", json!({"email": "c@example.com"})).await.result();
}

#[tokio::test]
async fn a_contact_is_deleted_once_and_never_without_its_address() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let as_alice = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    let contact = as_alice("contacts-create", json!({"email": "c@example.com"})).await.result()["contact"].clone();
    let deletions = (0..16).map(|_| as_alice("contacts-delete", json!({"id": contact["id"]})));
    let moves = (0..16)
        .map(|n| as_alice("contacts-update", json!({"id": contact["id"], "email": format!("c{n}@example.com")})));
    let (deletions, _) =
        futures_util::future::join(futures_util::future::join_all(deletions), futures_util::future::join_all(moves))
            .await;
    assert!(deletions.iter().filter(|reply| reply.status == 200).count() <= 1);
    assert!(deletions.iter().all(|reply| [200, 404, 409].contains(&reply.status)));
    // Whatever came first: there is the number of contacts, and the contact and exactly one address or neither.
    let is_deleted = deletions.iter().any(|reply| reply.status == 200);
    assert_eq!(driftwood.count_items("Contacts").await, if is_deleted { 1 } else { 3 });
}

#[tokio::test]
async fn an_app_needs_the_scope_to_delete_a_contact() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let contact = driftwood
        .post_as(&alice.access_token, "contacts-create", json!({"email": "c@example.com"}))
        .await
        .result()["contact"]
        .clone();
    for (scope, status) in [("contact_read", 403), ("contact_write", 200)] {
        let program = driftwood.program(&alice, json!({"name": "Sync", "scopes": [scope]})).await;
        let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
        let reply = driftwood.post_as(&token, "contacts-delete", json!({"id": contact["id"]})).await;
        assert_eq!(reply.status, status, "{scope}: {}", reply.text);
    }
}

#[tokio::test]
async fn contacts_of_another_account_are_not_found() {
    let driftwood = TestServer::start().await;
    let (alice, mallory) = (driftwood.alice().await, driftwood.alice().await);
    let contact = driftwood
        .post_as(&alice.access_token, "contacts-create", json!({"email": "c@example.com"}))
        .await
        .result()["contact"]
        .clone();
    assert_eq!(
        driftwood.post_as(&mallory.access_token, "contacts-list", json!({})).await.result()["contacts"],
        json!([])
    );
    assert_eq!(
        driftwood.post_as(&mallory.access_token, "contacts-list", json!({"cursor": contact["id"]})).await.result()["contacts"],
        json!([])
    );
    for change in [json!({"id": contact["id"], "name": "Mine"}), json!({"id": contact["id"], "email": "m@example.com"})]
    {
        driftwood.post_as(&mallory.access_token, "contacts-update", change).await.refused(404, "not_found");
    }
    let deletion = driftwood.post_as(&mallory.access_token, "contacts-delete", json!({"id": contact["id"]})).await;
    deletion.refused(404, "not_found");
    assert_eq!(
        driftwood.post_as(&alice.access_token, "contacts-list", json!({})).await.result()["contacts"],
        json!([contact])
    );
    driftwood.post_as(&mallory.access_token, "contacts-create", json!({"email": "c@example.com"})).await.result();
}

#[tokio::test]
async fn an_app_uses_the_account_of_its_owner() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Sync"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    driftwood.post_as(&token, "contacts-create", json!({"email": "c@example.com"})).await.result();
    assert_eq!(
        driftwood.post_as(&alice.access_token, "contacts-list", json!({})).await.result()["contacts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn mistakes_are_reported_field_by_field() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let mistakes =
        |name: &'static str, body| async { driftwood.post_as(&alice.access_token, name, body).await.mistaken_fields() };
    assert_eq!(
        mistakes("contacts-create", json!({"name": 5, "attributes": []})).await,
        ["attributes", "email", "name"]
    );
    assert_eq!(
        mistakes("contacts-create", json!({"email": "c@example.com", "attributes": {"a": {"b": 1}}})).await,
        ["attributes"]
    );
    assert_eq!(mistakes("contacts-update", json!({"email": "x"})).await, ["email", "id"]);
    assert_eq!(mistakes("contacts-delete", json!({"id": "USER#1"})).await, ["id"]);
    assert_eq!(mistakes("contacts-delete", json!({})).await, ["id"]);
    assert_eq!(mistakes("contacts-list", json!({"limit": 101, "cursor": "USER#1"})).await, ["cursor", "limit"]);
    for name in ["contacts-create", "contacts-list", "contacts-update", "contacts-delete"] {
        driftwood.post(name, json!({})).await.refused(401, "unauthorized");
    }
}
