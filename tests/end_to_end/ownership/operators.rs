//! Who is an operator.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use crate::harness::{OPERATED, PASSWORD, TestServer, claims};
use crate::keys::SECRET;

#[tokio::test]
async fn an_operator_without_a_verified_address_is_none() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    driftwood.post_as(&operator.access_token, "users-list", json!({})).await.result();
    driftwood.remove_user_attribute(&operator, "email_verified_at").await;
    driftwood.post_as(&operator.access_token, "users-list", json!({})).await.refused(403, "forbidden");
    let again = driftwood.login(&operator.email, PASSWORD).await.result();
    assert_eq!(claims(again["access_token"].as_str().unwrap())["token_type"], "user");
    let now = AttributeValue::N(driftwood.clock.now().as_seconds().to_string());
    driftwood.set_user_attribute(&operator, "email_verified_at", now).await;
    driftwood.post_as(&operator.access_token, "users-list", json!({})).await.result();
}

#[tokio::test]
async fn no_key_is_an_operator_not_even_one_that_the_password_proves() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let script = driftwood.script(&driftwood.key_of(&operator, "Watch").await, SECRET).await;
    for name in ["users-list", "users-disable", "users-enable"] {
        let body = json!({"id": operator.user_id});
        driftwood.post_as(&script.access_token, name, body).await.refused(403, "forbidden");
    }
    driftwood
        .post_as(&script.access_token, "audit-list", json!({"without_account": true}))
        .await
        .refused(403, "forbidden");
}
