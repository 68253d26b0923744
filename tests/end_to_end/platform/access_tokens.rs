//! Invalid access tokens, at an endpoint that accepts every valid one.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::TestServer;

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn forged_and_foreign_tokens_are_refused() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let parts: Vec<&str> = alice.access_token.split('.').collect();
    let (header, payload, signature) = (decoded(parts[0]), parts[1], parts[2]);
    let with = |name: &str, value: Value| {
        let mut changed = header.clone();
        changed[name] = value;
        changed
    };
    let jwks = driftwood.get("/.well-known/jwks.json").await;
    let es256_kid = jwks.json()["keys"][1]["kid"].clone();
    let mut forged = vec![
        String::new(),
        "x".into(),
        "a.b".into(),
        "a.b.c".into(),
        format!("{}.{payload}.", parts[0]),
        "a".repeat(9_000),
    ];
    for alg in ["none", "None", "nOnE"] {
        forged.push(format!("{}.{payload}.", part(&with("alg", json!(alg)))));
        forged.push(format!("{}.{payload}.{signature}", part(&with("alg", json!(alg)))));
    }
    let hs256 = format!("{}.{payload}", part(&with("alg", json!("HS256"))));
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, jwks.text.as_bytes()), hs256.as_bytes());
    forged.push(format!("{hs256}.{}", URL_SAFE_NO_PAD.encode(mac.as_ref())));
    for (name, value) in [
        ("typ", json!("JWT")),
        ("kid", json!("../../dev/null")),
        ("kid", json!("' OR 1=1")),
        ("kid", json!("k".repeat(1_000))),
        ("kid", json!(["a"])),
        ("kid", es256_kid.clone()),
        ("jku", json!("https://evil.example")),
        ("crit", json!(["exp"])),
        ("jwk", json!({})),
        ("x5c", json!([])),
    ] {
        forged.push(format!("{}.{payload}.{signature}", part(&with(name, value))));
    }
    let mut es256 = with("kid", es256_kid);
    es256["alg"] = json!("ES256");
    forged.push(format!("{}.{payload}.{}", part(&es256), URL_SAFE_NO_PAD.encode([0; 64])));
    let mut claims = decoded(payload);
    claims["token_type"] = json!("admin");
    forged.push(format!("{}.{}.{signature}", parts[0], part(&claims)));
    for token in forged.iter().filter(|token| !token.is_empty()) {
        driftwood.post_as(token, "contacts-list", json!({})).await.refused(401, "invalid_token");
    }
    assert!(driftwood.is_alive(&alice.access_token).await);
}

#[tokio::test]
async fn a_token_of_another_issuer_or_for_another_audience_is_refused() {
    let (ours, theirs) = (TestServer::start().await, TestServer::start().await);
    ours.post_as(&theirs.alice().await.access_token, "contacts-list", json!({})).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_token_is_accepted_in_the_header_only_and_only_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let path = format!("/api/contacts-list?access_token={}", alice.access_token);
    driftwood.send(Method::POST, &path, &[], "").await.refused(401, "unauthorized");
    let bearer = format!("Bearer {}", alice.access_token);
    let lower = bearer.replace("Bearer", "bearer");
    driftwood.send(Method::POST, "/api/contacts-list", &[("authorization", &lower)], "").await.result();
    let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    assert_eq!(driftwood.send(Method::POST, "/api/contacts-list", &twice, "").await.status, 401);
    let refused = driftwood.post_as("x", "contacts-list", json!({})).await;
    assert!(refused.header("www-authenticate").starts_with("Bearer realm=\"driftwood\", error=\"invalid_token\""));
    driftwood
        .send(Method::POST, "/api/contacts-list", &[("authorization", "Basic eDp5")], "")
        .await
        .refused(401, "unauthorized");
}
