//! What revokes a script's access, at once and everywhere.

use futures_util::future::{join, join_all};
use serde_json::json;

use super::{SECRET, browser, revoke, text};
use crate::harness::{OPERATED, PASSWORD, TestServer};

#[tokio::test]
async fn a_revoked_key_is_refused_and_its_sessions_are_revoked() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (key, other) = (driftwood.key_of(&alice, "Backup").await, driftwood.key_of(&alice, "Other").await);
    let scripts = join_all((0..3).map(|_| driftwood.script(&key, SECRET))).await;
    let others = driftwood.script(&other, SECRET).await;
    let visitor = browser(&driftwood, &alice.email, PASSWORD).await;
    assert_eq!(revoke(&visitor, "Backup").await.heading(), "The key was revoked");
    for script in &scripts {
        assert!(!driftwood.is_signed_in(script).await);
        driftwood.post_as(&script.access_token, "contacts-list", json!({})).await.refused(401, "invalid_token");
        driftwood.refresh_key(&script.refresh_token).await.refused_resource(401, "invalid_refresh_token");
    }
    driftwood.authenticate(&key, SECRET).await.refused_resource(401, "invalid_credentials");
    assert!(driftwood.is_signed_in(&others).await && driftwood.is_alive(&alice.access_token).await);
    let lines = driftwood.audit_lines(&alice.access_token).await;
    assert_eq!(lines.iter().filter(|line| *line == "user_key.revoked succeeded").count(), 1, "{lines:?}");
    assert!(lines.contains(&"user_key.used refused".to_owned()));
}

#[tokio::test]
async fn a_key_that_is_revoked_while_scripts_sign_in_leaves_no_valid_session() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let key = driftwood.key_of(&alice, "Backup").await;
    let visitor = browser(&driftwood, &alice.email, PASSWORD).await;
    let sign_ins = join_all((0..12).map(|_| driftwood.authenticate(&key, SECRET)));
    let (replies, revoked) = join(sign_ins, revoke(&visitor, "Backup")).await;
    assert_eq!(revoked.heading(), "The key was revoked");
    for reply in replies {
        if reply.status == 200 {
            let tokens = reply.json();
            assert!(!driftwood.is_alive(&text(&tokens["access_token"])).await);
            let refreshed = driftwood.refresh_key(&text(&tokens["refresh_token"])).await;
            refreshed.refused_resource(401, "invalid_refresh_token");
        } else {
            reply.refused_resource(401, "invalid_credentials");
        }
    }
    let items = driftwood.items("Users").await;
    assert!(!items.iter().any(|item| item["sk"].as_s().unwrap().starts_with("key#")), "the key was not restored");
}

#[tokio::test]
async fn of_8_concurrent_revocations_of_a_key_exactly_one_succeeds() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.key_of(&alice, "Backup").await;
    let visitor = browser(&driftwood, &alice.email, PASSWORD).await;
    let page = super::key_page(&visitor, "Backup").await;
    let replies = join_all((0..8).map(|_| visitor.submit(&page, &[("action", "revoke")]))).await;
    assert!(replies.iter().all(|reply| [200, 404].contains(&reply.status)));
    let lines = driftwood.audit_lines(&alice.access_token).await;
    assert_eq!(lines.iter().filter(|line| line.starts_with("user_key.revoked")).count(), 1);
    let user = driftwood.items("Users").await.into_iter().find(|item| item.contains_key("keys")).unwrap();
    assert_eq!(user["keys"].as_n().unwrap(), "0");
}

#[tokio::test]
async fn signing_out_everywhere_signs_scripts_out_and_keeps_their_keys() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let key = driftwood.key_of(&alice, "Backup").await;
    let script = driftwood.script(&key, SECRET).await;
    driftwood.post_as(&alice.access_token, "auth-logout", json!({"everywhere": true})).await.result();
    assert!(!driftwood.is_signed_in(&script).await);
    assert!(driftwood.is_signed_in(&driftwood.script(&key, SECRET).await).await);
}

#[tokio::test]
async fn a_script_signs_itself_out() {
    let driftwood = TestServer::start().await;
    let key = driftwood.key_of_new_user("nightly-job").await;
    let (one, two) = (driftwood.script(&key, PASSWORD).await, driftwood.script(&key, PASSWORD).await);
    driftwood.post_as(&one.access_token, "auth-logout", json!({})).await.result();
    assert!(!driftwood.is_signed_in(&one).await && driftwood.is_signed_in(&two).await);
    driftwood.post_as(&two.access_token, "auth-logout", json!({"everywhere": true})).await.result();
    assert!(!driftwood.is_signed_in(&two).await);
}

#[tokio::test]
async fn a_disabled_user_has_no_scripts() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.alice().await);
    let key = driftwood.key_of(&alice, "Backup").await;
    let script = driftwood.script(&key, SECRET).await;
    let operate = |name: &'static str| driftwood.post_as(&operator.access_token, name, json!({"id": alice.user_id}));
    operate("users-disable").await.result();
    assert!(!driftwood.is_signed_in(&script).await);
    driftwood.authenticate(&key, SECRET).await.refused_resource(401, "invalid_credentials");
    operate("users-enable").await.result();
    assert!(!driftwood.is_signed_in(&script).await, "revoked sessions stay revoked");
    driftwood.script(&key, SECRET).await;
}

#[tokio::test]
async fn an_operators_script_is_no_operator() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let script = driftwood.script(&driftwood.key_of(&operator, "Watch").await, SECRET).await;
    assert_eq!(crate::harness::claims(&script.access_token)["token_type"], "user");
    driftwood.post_as(&script.access_token, "users-list", json!({})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn account_deletion_deletes_keys_and_scripts() {
    let driftwood = TestServer::start_with(&[("AddressHoldSeconds", "86400")]).await;
    let key = driftwood.key_of_new_user("nightly-job").await;
    let script = driftwood.script(&key, PASSWORD).await;
    let user = crate::harness::claims(&script.access_token)["user_id"].clone();
    let body = json!({"password": PASSWORD});
    driftwood.post_as(&script.access_token, "users-delete", body).await.result();
    assert!(!driftwood.is_signed_in(&script).await);
    driftwood.authenticate(&key, PASSWORD).await.refused_resource(401, "invalid_credentials");
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(crate::deletion::traces(&driftwood, &[user.as_str().unwrap()]).await, [""; 0]);
    let body = json!({"user_id": "nightly-job", "user_secret": PASSWORD});
    driftwood.post_json("/register", "", body.clone()).await.refused_resource(409, "username_taken");
    driftwood.advance(86_400);
    assert_eq!(driftwood.post_json("/register", "", body).await.status, 200, "the name is released after the hold");
}

#[tokio::test]
async fn an_export_has_keys_and_scripts_and_no_hash() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let key = driftwood.key_of(&alice, "Backup").await;
    driftwood.script(&key, SECRET).await;
    let export = driftwood.post_as(&alice.access_token, "users-export", json!({})).await.result()["export"].clone();
    let shown = &export["user_keys"][0];
    assert_eq!((&shown["user_key"], &shown["name"]), (&json!(key), &json!("Backup")));
    assert_eq!((&shown["last_used_from"], shown["last_used_at"].is_string()), (&json!("127.0.0.1"), true));
    let kinds: Vec<&str> =
        export["sessions"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["api", "user_key"]);
    let text = export.to_string();
    assert!(!text.contains("argon2") && !text.contains("hash") && !text.contains("dw_rt_"), "{text}");
}
