//! Keys, secrets and apps need a sign-in of the last ten minutes.

use serde_json::json;

use crate::harness::{Alice, PASSWORD, TestServer};
use crate::keys::SECRET;

/// Every request that binds something, as the user of this token.
async fn bindings(driftwood: &TestServer, token: &str, app_id: &str) -> Vec<(&'static str, u16, String)> {
    let commands = format!("/api/v1/apps/{app_id}/commands");
    let (webhooks, webhook) =
        (format!("/api/v1/apps/{app_id}/webhooks"), json!({"url": "https://a.example", "types": ["*"]}));
    let replies = [
        ("key", driftwood.post_json("/register", token, json!({"user_secret": SECRET})).await),
        ("create", driftwood.post_as(token, "oauth-apps-create", json!({"name": "New"})).await),
        ("rotate", driftwood.post_as(token, "oauth-apps-rotate-secret", json!({"id": app_id})).await),
        ("scopes", driftwood.post_as(token, "oauth-apps-update", json!({"id": app_id, "scopes": ["openid"]})).await),
        ("v1 create", driftwood.post_json("/api/v1/apps", token, json!({"name": "New"})).await),
        ("v1 rotate", driftwood.post_json(&commands, token, json!({"command": "rotate_secret"})).await),
        ("v1 webhook", driftwood.post_json(&webhooks, token, webhook).await),
        ("v1 enable", driftwood.post_json(&commands, token, json!({"command": "enable"})).await),
    ];
    let code = |text: &str| text.contains("recent_sign_in_required").then(|| "recent_sign_in_required".to_owned());
    replies.into_iter().map(|(name, reply)| (name, reply.status, code(&reply.text).unwrap_or_default())).collect()
}

#[tokio::test]
async fn a_stolen_access_token_is_turned_into_no_key_and_no_secret() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let app = driftwood.program(&alice, json!({"name": "Job"})).await;
    driftwood.advance(599);
    for (name, status, _) in bindings(&driftwood, &alice.access_token, &app.id).await {
        assert!(status == 200 || status == 201, "{name}: {status}");
    }
    driftwood.advance(1);
    let (users, apps) = (driftwood.items("Users").await, driftwood.items("Apps").await);
    for (name, status, code) in bindings(&driftwood, &alice.access_token, &app.id).await {
        assert_eq!((status, code.as_str()), (403, "recent_sign_in_required"), "{name}");
    }
    assert_eq!((driftwood.items("Users").await, driftwood.items("Apps").await), (users, apps), "nothing was written");
    // A refresh is no sign-in, and reading and ending stay possible.
    let refreshed = driftwood.refresh(&alice.refresh_token).await.result();
    let token = refreshed["access_token"].as_str().unwrap();
    driftwood.post_as(token, "oauth-apps-create", json!({"name": "New"})).await.refused(403, "recent_sign_in_required");
    driftwood.post_as(token, "oauth-apps-update", json!({"id": app.id, "name": "Renamed"})).await.result();
    driftwood.post_as(token, "oauth-apps-revoke", json!({"id": app.id})).await.result();
    let again = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    driftwood.program(&again, json!({"name": "New"})).await;
}

#[tokio::test]
async fn a_script_with_a_secret_of_its_own_makes_no_other_key() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let script = driftwood.script(&driftwood.key_of(&alice, "Backup").await, SECRET).await;
    let body = json!({"user_secret": SECRET});
    let reply = driftwood.post_json("/register", &script.access_token, body.clone()).await;
    reply.refused_resource(403, "recent_sign_in_required");
    // A key that the user's password proves is a sign-in with the password.
    let key = driftwood.key_of_new_user("nightly-job").await;
    let script = driftwood.script(&key, PASSWORD).await;
    assert_eq!(driftwood.post_json("/register", &script.access_token, body).await.status, 200);
}
