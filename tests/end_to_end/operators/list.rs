//! `POST /api/users-list`

use serde_json::{Value, json};

use crate::harness::{OPERATED, OPERATOR_ID, TestServer};

#[tokio::test]
async fn it_lists_the_users_of_all_accounts_newest_first_page_by_page() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let mut expected = Vec::new();
    for _ in 0..11 {
        driftwood.advance(1);
        expected.insert(0, driftwood.alice().await);
    }
    let list = |body: Value| driftwood.post_as(&operator.access_token, "users-list", body);
    for limit in [1, 4, 11, 12, 100] {
        let (mut users, mut body) = (Vec::new(), json!({"limit": limit}));
        loop {
            let page = list(body.clone()).await.result();
            let shown = page["users"].as_array().unwrap().clone();
            assert!(shown.len() <= limit);
            users.extend(shown);
            if page["next_cursor"].is_null() {
                break;
            }
            body["cursor"] = page["next_cursor"].clone();
        }
        // The operator's id is older than all others.
        assert_eq!(users.pop().unwrap()["id"], OPERATOR_ID);
        let ids: Vec<_> = users.iter().map(|user| user["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected.iter().map(|alice| alice.user_id.as_str()).collect::<Vec<_>>(), "{limit}");
    }
    let newest = &list(json!({"limit": 1})).await.result()["users"][0];
    let alice = &expected[0];
    assert_eq!(
        *newest,
        json!({
            "id": alice.user_id, "account_id": alice.claims()["account_id"], "email": alice.email, "name": "Alice Arden",
            "email_verified": false, "locale": null, "role": "owner", "created_at": driftwood.clock.now().to_rfc3339(),
            "disabled_at": null,
        })
    );
}

#[tokio::test]
async fn it_finds_a_user_by_their_address() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.alice().await);
    let list = |body: Value| driftwood.post_as(&operator.access_token, "users-list", body);
    for email in [alice.email.clone(), alice.email.to_uppercase()] {
        let found = list(json!({"email": email})).await.result();
        assert_eq!((&found["users"][0]["id"], &found["next_cursor"]), (&json!(alice.user_id), &Value::Null));
        assert_eq!(found["users"].as_array().unwrap().len(), 1);
    }
    assert_eq!(list(json!({"email": "nobody@example.com"})).await.result()["users"], json!([]));
    let wrong = json!({"email": "no address", "limit": 0, "cursor": "x"});
    assert_eq!(list(wrong).await.mistaken_fields(), ["cursor", "email", "limit"]);
}

#[tokio::test]
async fn it_shows_users_as_they_are_now_and_no_deleted_ones() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    driftwood.advance(1);
    let (alice, gone) = (driftwood.alice().await, driftwood.alice().await);
    driftwood.operator_disables(&alice).await;
    let delete = driftwood.server.dynamodb.delete_item().table_name(driftwood.server.table("Users"));
    let text = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
    let delete = delete.key("pk", text(format!("user#{}", gone.user_id))).key("sk", text("user".to_owned()));
    delete.send().await.expect("a write");
    let users = driftwood.post_as(&operator.access_token, "users-list", json!({})).await.result()["users"].clone();
    assert_eq!(users.as_array().unwrap().len(), 2);
    assert_eq!(users[0]["disabled_at"], driftwood.clock.now().to_rfc3339());
}
