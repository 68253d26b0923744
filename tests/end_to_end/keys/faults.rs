//! What happens to keys when DynamoDB does not answer.

use serde_json::json;

use super::{SECRET, browser, key_page, text};
use crate::harness::{PASSWORD, TestServer, Trouble};

#[tokio::test]
async fn a_passing_fault_has_no_effect() {
    let driftwood = TestServer::start().await;
    driftwood.keep_secret(SECRET);
    for (number, trouble) in Trouble::PASSING.into_iter().enumerate() {
        let mut faults = 0;
        let mut inject_fault = |operation: &str| {
            faults += 1;
            driftwood.inject_fault(operation, trouble, 1);
        };
        let name = format!("job{number}");
        inject_fault("TransactWriteItems");
        let key = driftwood.key_of_new_user(&name).await;
        inject_fault("PutItem RefreshTokensTable");
        inject_fault("UpdateItem UsersTable");
        let script = driftwood.script(&key, PASSWORD).await;
        inject_fault("TransactWriteItems");
        let body = json!({"user_secret": SECRET, "key_name": "Second"});
        let second = text(&driftwood.post_json("/register", &script.access_token, body).await.json()["user_key"]);
        driftwood.advance(86_400);
        inject_fault("UpdateItem RefreshTokensTable");
        assert_eq!(driftwood.refresh_key(&script.refresh_token).await.status, 200);
        let visitor = browser(&driftwood, &name, PASSWORD).await;
        let page = key_page(&visitor, "Second").await;
        inject_fault("TransactWriteItems");
        assert_eq!(visitor.submit(&page, &[("action", "revoke")]).await.heading(), "The key was revoked");
        driftwood.authenticate(&second, SECRET).await.refused_resource(401, "invalid_credentials");
        assert_eq!(driftwood.clear_faults(), faults, "{trouble:?}");
    }
    assert_eq!(
        driftwood.count_items("Users").await,
        4 * Trouble::PASSING.len(),
        "nothing is duplicated, nothing is left"
    );
}

#[tokio::test]
async fn a_lasting_fault_is_a_503_and_afterwards_the_same_request_succeeds() {
    let driftwood = TestServer::start().await;
    let key = driftwood.key_of_new_user("nightly-job").await;
    let script = driftwood.script(&key, PASSWORD).await;
    let credentials = json!({"user_key": key, "user_secret": PASSWORD});
    let token = json!({"refresh_token": script.refresh_token});
    for (path, operation, body) in [
        ("/register", "UpdateItem LimitsTable", json!({"user_id": "one", "user_secret": PASSWORD})),
        ("/register", "TransactWriteItems", json!({"user_id": "two", "user_secret": PASSWORD})),
        ("/authenticate", "UpdateItem LimitsTable", credentials.clone()),
        ("/authenticate", "BatchGetItem", credentials.clone()),
        ("/authenticate", "PutItem RefreshTokensTable", credentials.clone()),
        ("/authenticate", "PutItem AuditTable", credentials.clone()),
        ("/authenticate", "UpdateItem UsersTable", credentials),
        ("/refresh", "BatchGetItem", token.clone()),
        ("/refresh", "UpdateItem RefreshTokensTable", token.clone()),
    ] {
        // Only the first refresh of a day is recorded.
        driftwood.advance(86_400);
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let refused = driftwood.post_json(path, "", body.clone()).await;
        refused.refused_resource(503, "unavailable");
        assert_eq!(refused.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0, "{path} {operation}");
        assert_eq!(driftwood.post_json(path, "", body).await.status, 200, "{path} {operation}");
    }
    driftwood.advance(86_400);
    driftwood.inject_fault("UpdateItem UsersTable", Trouble::Throttled, 50);
    driftwood.post_json("/refresh", "", token.clone()).await.refused_resource(503, "unavailable");
    driftwood.clear_faults();
    assert_eq!(driftwood.post_json("/refresh", "", token).await.status, 200);
}

#[tokio::test]
async fn a_registration_whose_response_is_lost_is_complete_or_not_done() {
    let driftwood = TestServer::start().await;
    let body = json!({"user_id": "nightly-job", "user_secret": PASSWORD});
    driftwood.inject_fault("TransactWriteItems", Trouble::TimeoutBefore, 50);
    driftwood.post_json("/register", "", body.clone()).await.refused_resource(503, "unavailable");
    driftwood.clear_faults();
    assert_eq!(driftwood.count_items("Users").await, 0);
    driftwood.inject_fault("TransactWriteItems", Trouble::ResponseLost, 50);
    driftwood.post_json("/register", "", body.clone()).await.refused_resource(503, "unavailable");
    driftwood.clear_faults();
    driftwood.post_json("/register", "", body).await.refused_resource(409, "username_taken");
    // A user who got no response signs in with the name, and finds the key.
    let visitor = browser(&driftwood, "nightly-job", PASSWORD).await;
    let page = visitor.get("/account").await;
    let key = page.text.split("dw_uk_").nth(1).unwrap().split('<').next().unwrap();
    driftwood.script(&format!("dw_uk_{key}"), PASSWORD).await;
}
