//! Rate limits of keys, which are checked before any hashing.

use super::SECRET;
use crate::harness::{PASSWORD, TestServer};
use serde_json::json;

#[tokio::test]
async fn guesses_at_a_key_are_limited_before_hashing() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "2")]).await;
    let alice = driftwood.alice().await;
    let (key, other) = (driftwood.key_of(&alice, "Key").await, driftwood.key_of(&alice, "Other").await);
    for _ in 0..2 {
        driftwood.authenticate(&key, "not the secret at all").await.refused_resource(401, "invalid_credentials");
    }
    let hashes = driftwood.hashes("key-authenticate");
    for _ in 0..2 {
        let reply = driftwood.authenticate(&key, SECRET).await;
        reply.refused_resource(429, "rate_limited");
        assert!(reply.header("retry-after").parse::<u32>().unwrap() > 0);
    }
    assert_eq!(driftwood.hashes("key-authenticate"), hashes);
    driftwood.script(&other, SECRET).await;
    let lines = driftwood.audit_lines(&alice.access_token).await;
    let count = |line: &str| lines.iter().filter(|other| *other == line).count();
    assert_eq!(count("user_key.used refused"), 2, "the guesses");
    assert_eq!(count("limit.exceeded refused"), 1, "the first one too many");
    driftwood.advance(900);
    driftwood.script(&key, SECRET).await;
}

#[tokio::test]
async fn a_success_resets_the_failures_before_it() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "3")]).await;
    let key = driftwood.key_of_new_user("nightly-job").await;
    for _ in 0..4 {
        for _ in 0..2 {
            driftwood.authenticate(&key, "not the secret at all").await.refused_resource(401, "invalid_credentials");
        }
        driftwood.script(&key, PASSWORD).await;
    }
}

#[tokio::test]
async fn guesses_at_many_keys_from_one_address_are_limited_even_at_unknown_keys() {
    let driftwood = TestServer::start_with(&[("LoginAddressLimit", "5")]).await;
    let elsewhere = TestServer::start().await;
    let mut statuses = Vec::new();
    for n in 0..7 {
        let key = elsewhere.key_of_new_user(&format!("nobody{n}")).await;
        statuses.push(driftwood.authenticate(&key, SECRET).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
}

#[tokio::test]
async fn registrations_and_new_keys_are_counted_together() {
    let driftwood = TestServer::start_with(&[("RegisterAddressLimit", "3")]).await;
    let alice = driftwood.alice().await;
    driftwood.key_of_new_user("nightly-job").await;
    driftwood.key_of(&alice, "Key").await;
    let body = json!({"user_id": "other-job", "user_secret": SECRET});
    driftwood.post_json("/register", "", body).await.refused_resource(429, "rate_limited");
    let added = driftwood.post_json("/register", &alice.access_token, json!({"user_secret": SECRET})).await;
    added.refused_resource(429, "rate_limited");
}
