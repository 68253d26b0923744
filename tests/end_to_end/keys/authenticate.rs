//! `POST /authenticate`

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use serde_json::json;

use super::{SECRET, browser, revoke};
use crate::harness::{PASSWORD, TestServer, claims};

/// The operations since the last call, sorted.
fn operations(driftwood: &TestServer) -> Vec<String> {
    let mut operations: Vec<String> = driftwood.calls().into_iter().map(|call| call.operation).collect();
    operations.sort();
    operations
}

#[tokio::test]
async fn a_script_gets_a_user_token_for_an_hour() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let script = driftwood.script(&driftwood.key_of(&alice, "Backup").await, SECRET).await;
    let token = claims(&script.access_token);
    assert_eq!((&token["token_type"], &token["client_id"]), (&json!("user"), &json!("driftwood")));
    assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), 3_600);
    assert!(token["sid"].is_string() && token["scope"].is_null());
    let post = |name: &'static str| driftwood.post_as(&script.access_token, name, json!({}));
    post("contacts-list").await.result();
    post("oauth-apps-list").await.result();
    driftwood.advance(3_599);
    assert!(driftwood.is_alive(&script.access_token).await);
    driftwood.advance(1);
    assert!(!driftwood.is_alive(&script.access_token).await);
}

#[tokio::test]
async fn the_operator_sets_the_lifetimes() {
    let driftwood = TestServer::start_with(&[("UserKeyTokenSeconds", "60"), ("UserKeyRefreshSeconds", "86400")]).await;
    let script = driftwood.script(&driftwood.key_of_new_user("nightly-job").await, PASSWORD).await;
    driftwood.advance(60);
    assert!(!driftwood.is_alive(&script.access_token).await);
    let refreshed = driftwood.refresh_key(&script.refresh_token).await;
    assert_eq!(refreshed.json()["expires_in"], 60);
    driftwood.advance(80_000);
    assert_eq!(driftwood.refresh_key(&script.refresh_token).await.status, 200);
    driftwood.advance(86_400);
    driftwood.refresh_key(&script.refresh_token).await.refused_resource(401, "invalid_refresh_token");
}

#[tokio::test]
async fn every_failure_has_the_same_response_calls_and_work() {
    let driftwood = TestServer::start().await;
    let (alice, disabled) = (driftwood.alice().await, driftwood.alice().await);
    let (right, revoked) = (driftwood.key_of(&alice, "Right").await, driftwood.key_of(&alice, "Revoked").await);
    let of_disabled = driftwood.key_of(&disabled, "Key").await;
    driftwood.operator_disables(&disabled).await;
    revoke(&browser(&driftwood, &alice.email, PASSWORD).await, "Revoked").await;
    let elsewhere = TestServer::start().await;
    let unknown = elsewhere.key_of_new_user("nightly-job").await;
    let hashes = || driftwood.hashes("key-authenticate");
    driftwood.calls();
    let mut texts = Vec::new();
    for (key, secret) in [
        (&right, "not the secret at all"),
        (&right, PASSWORD),
        (&revoked, SECRET),
        (&of_disabled, SECRET),
        (&unknown, SECRET),
    ] {
        let before = hashes();
        let reply = driftwood.authenticate(key, secret).await;
        let error = reply.refused_resource(401, "invalid_credentials");
        texts.push(error["message"].to_string());
        assert_eq!(reply.header("www-authenticate"), "");
        assert_eq!(hashes() - before, 1);
        let expected = ["BatchGetItem", "PutItem", "UpdateItem", "UpdateItem", "UpdateItem"];
        assert_eq!(operations(&driftwood), expected, "three rate limits, one batch, one event");
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    driftwood.script(&right, SECRET).await;
    let expected = [&["BatchGetItem", "PutItem", "PutItem"][..], &["UpdateItem"; 6]].concat();
    assert_eq!(operations(&driftwood), expected, "session, event, use and what is given back concurrently");
}

#[tokio::test]
async fn a_malformed_key_costs_no_call() {
    let driftwood = TestServer::start().await;
    let key = driftwood.key_of_new_user("nightly-job").await;
    driftwood.calls();
    for invalid in ["", "x", "dw_uk_", &key[..48], &format!("{key}A"), &key.replace("dw_uk_", "dw_ci_"), "nightly-job"]
    {
        assert_eq!(driftwood.authenticate(invalid, PASSWORD).await.mistaken_parts(), ["user_key"], "{invalid}");
    }
    assert_eq!(operations(&driftwood), [""; 0]);
    assert_eq!(driftwood.hashes("key-authenticate"), 0);
}

#[tokio::test]
async fn the_first_key_of_a_user_has_their_password_as_secret_and_others_have_their_own() {
    let driftwood = TestServer::start().await;
    let new = "an entirely new passphrase";
    driftwood.keep_secret(new);
    driftwood.keep_secret(SECRET);
    let first = driftwood.key_of_new_user("nightly-job").await;
    let script = driftwood.script(&first, PASSWORD).await;
    let body = json!({"user_secret": SECRET});
    let second = driftwood.post_json("/register", &script.access_token, body).await.json()["user_key"].clone();
    let second = second.as_str().unwrap();
    let visitor = browser(&driftwood, "nightly-job", PASSWORD).await;
    let page = visitor.get("/account/change-password").await;
    let fields = [("current_password", PASSWORD), ("new_password", new)];
    assert_eq!(visitor.submit(&page, &fields).await.heading(), "Your password was changed");
    assert!(!driftwood.is_signed_in(&script).await, "sessions are revoked with the old password");
    driftwood.authenticate(&first, PASSWORD).await.refused_resource(401, "invalid_credentials");
    driftwood.script(&first, new).await;
    driftwood.script(second, SECRET).await;
    driftwood.authenticate(second, new).await.refused_resource(401, "invalid_credentials");
}

#[tokio::test]
async fn an_outdated_hash_is_replaced() {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::phc::PasswordHash};
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let own = driftwood.key_of(&alice, "Own").await;
    let shared = driftwood.key_of_new_user("nightly-job").await;
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).expect("parameters"));
    let old = |secret: &str| {
        let hash: PasswordHash = cheap.hash_password_with_salt(secret.as_bytes(), &[7; 16]).expect("a hash");
        AttributeValue::S(hash.to_string())
    };
    let (client, table) = (&driftwood.server.dynamodb, driftwood.server.table("Users"));
    for item in driftwood.items("Users").await {
        for (name, secret) in [("secret_hash", SECRET), ("password_hash", PASSWORD)] {
            if item.contains_key(name) {
                let update = client.update_item().table_name(table).key("pk", item["pk"].clone());
                let update = update.key("sk", item["sk"].clone()).update_expression("SET #name = :hash");
                let update = update.expression_attribute_names("#name", name);
                update.expression_attribute_values(":hash", old(secret)).send().await.unwrap();
            }
        }
    }
    for (key, secret) in [(&own, SECRET), (&shared, PASSWORD)] {
        let before = driftwood.hashes("key-authenticate");
        driftwood.script(key, secret).await;
        assert_eq!(driftwood.hashes("key-authenticate") - before, 2, "verified, and hashed anew");
        driftwood.script(key, secret).await;
        assert_eq!(driftwood.hashes("key-authenticate") - before, 3);
        driftwood.authenticate(key, "not the secret at all").await.refused_resource(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn many_scripts_use_one_key_concurrently() {
    let driftwood = TestServer::start().await;
    let key = driftwood.key_of_new_user("nightly-job").await;
    let scripts = join_all((0..16).map(|_| driftwood.script(&key, PASSWORD))).await;
    for script in &scripts {
        assert!(driftwood.is_signed_in(script).await);
    }
    driftwood.post_as(&scripts[0].access_token, "auth-logout", json!({})).await.result();
    assert!(!driftwood.is_signed_in(&scripts[0]).await);
    assert!(driftwood.is_signed_in(&scripts[1]).await, "the others stay signed in");
}
