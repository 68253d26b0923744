//! What a single item of another version does.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use super::{s, with};
use crate::harness::TestServer;

#[tokio::test]
async fn a_published_key_of_an_unknown_algorithm_verifies_nothing_and_stops_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let keys = driftwood.items("Keys").await.pop().expect("the keys");
    let mut all = keys["keys"].as_l().unwrap().clone();
    let count = all.len();
    let mut newer = all[0].as_m().unwrap().clone();
    newer.insert("alg".to_owned(), s("ML-DSA-44"));
    newer.insert("public".to_owned(), AttributeValue::M(HashMap::from([("kty".to_owned(), s("AKP"))])));
    all.push(AttributeValue::M(newer));
    driftwood.put_item("Keys", with(&keys, &[("keys", AttributeValue::L(all))])).await;
    driftwood.advance(301);
    assert!(driftwood.is_alive(&alice.access_token).await);
    let jwks = driftwood.get("/.well-known/jwks.json").await.json();
    assert_eq!(jwks["keys"].as_array().unwrap().len(), count);
    assert!(driftwood.has_logged("\"skipped\":1", "the published keys have some of another version"));
}

#[tokio::test]
async fn a_single_item_that_cannot_be_read_is_a_fault_of_its_request_alone() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    driftwood.set_user_attribute(&alice, "role", s("gardener")).await;
    driftwood.post_as(&alice.access_token, "contacts-list", json!({})).await.refused(500, "internal_error");
    assert!(driftwood.is_alive(&bob.access_token).await);
}
