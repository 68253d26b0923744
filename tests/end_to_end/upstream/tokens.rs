//! Invalid ID tokens.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::users;
use crate::harness::{Asked, CLIENT_ID, CLIENT_SECRET, Forged, Served, Signer, Visitor, unsigned};

/// Comes back with this ID token in the provider's response, and asserts that it is refused.
async fn refused(forged: &Forged, visitor: &Visitor<'_>, what: &str, id_token: impl FnOnce(&Asked) -> String) {
    let asked = forged.leave_anew(visitor).await;
    forged.give(&id_token(&asked));
    let reply = forged.come_back(visitor, &asked).await;
    assert_eq!((reply.status, reply.heading().as_str()), (502, "You are not signed in"), "{what}");
    assert!(!visitor.cookies().contains_key("dw-sid"), "{what}");
    assert_eq!(users(&forged.driftwood).await, 0, "{what}");
    assert_eq!(reply.link_to("/oauth2"), "/oauth2/authorize/sign-in", "there is a link back");
}

#[tokio::test]
async fn invalid_claims_are_refused() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let now = forged.clock().now().as_seconds();
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{}/", forged.server.url()))),
        ("iss", Value::Null),
        ("aud", json!("another-client")),
        ("aud", json!([CLIENT_ID, "another-client"])),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("azp", json!("another-client")),
        ("exp", json!(now - 60)),
        ("exp", json!(now - 1_000)),
        ("exp", json!("soon")),
        ("exp", Value::Null),
        ("iat", json!(now + 61)),
        ("iat", Value::Null),
        ("nbf", json!(now + 61)),
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("a\nb")),
        ("sub", Value::Null),
        ("sub", json!(7)),
    ] {
        let what = format!("{name} {value}");
        refused(&forged, &visitor, &what, |asked| {
            let mut claims = forged.claims(asked, "ada");
            claims[name] = value;
            forged.signer.sign(&forged.signer.header(), &claims)
        })
        .await;
    }
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_is_refused() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let (ours, other) = (&forged.signer, Signer::es256("1"));
    refused(&forged, &visitor, "alg none", |asked| {
        format!("{}.", unsigned(&json!({"alg": "none"}), &forged.claims(asked, "ada")))
    })
    .await;
    for key in [CLIENT_SECRET.to_owned(), ours.jwk().to_string(), String::new()] {
        refused(&forged, &visitor, "HS256", |asked| {
            let message = unsigned(&json!({"alg": "HS256", "kid": "1"}), &forged.claims(asked, "ada"));
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes())))
        })
        .await;
    }
    refused(&forged, &visitor, "another key of the same name", |asked| {
        other.sign(&other.header(), &forged.claims(asked, "ada"))
    })
    .await;
    refused(&forged, &visitor, "another algorithm than the key's", |asked| {
        ours.sign(&json!({"alg": "RS256", "kid": "1"}), &forged.claims(asked, "ada"))
    })
    .await;
    refused(&forged, &visitor, "claims of another token", |asked| {
        let mine = ours.sign(&ours.header(), &forged.claims(asked, "eve"));
        format!("{}.{}", unsigned(&ours.header(), &forged.claims(asked, "ada")), mine.rsplit('.').next().unwrap())
    })
    .await;
    refused(&forged, &visitor, "crit", |asked| {
        ours.sign(&json!({"alg": "ES256", "kid": "1", "crit": ["x"], "x": 1}), &forged.claims(asked, "ada"))
    })
    .await;
    for text in ["", "x", "a.b.c", "a.b.c.d.e"] {
        refused(&forged, &visitor, text, |_| text.to_owned()).await;
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_at_most_once_a_minute() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    let new = Signer::es256("2");
    let attempt = async || {
        let visitor = forged.driftwood.visitor();
        let asked = forged.leave_anew(&visitor).await;
        forged.give(&new.sign(&new.header(), &forged.claims(&asked, "ada")));
        forged.come_back(&visitor, &asked).await
    };
    let fetches = || forged.server.requests("/jwks").len();
    let before = fetches();
    for _ in 0..3 {
        attempt().await.refused_page(502, "You are not signed in");
    }
    assert_eq!(fetches(), before, "the keys were read less than a minute ago");
    forged.driftwood.advance(60);
    attempt().await.refused_page(502, "You are not signed in");
    attempt().await.refused_page(502, "You are not signed in");
    assert_eq!(fetches(), before + 1);
    forged.server.put("/jwks", Served::json(&json!({"keys": [forged.signer.jwk(), new.jwk()]})));
    forged.driftwood.advance(60);
    attempt().await.taken_to();
    assert_eq!(fetches(), before + 2);
}

#[tokio::test]
async fn every_algorithm_with_public_keys_is_accepted() {
    let forged = Forged::start().await;
    let algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
    let signers = algorithms.map(|alg| Signer::of(alg, alg));
    // A key of an unknown type, and one of another algorithm, are ignored.
    let mut keys = vec![json!({"kty": "AKP", "kid": "q", "alg": "ML-DSA-44", "pub": "AAAA"})];
    keys.extend(signers.iter().map(Signer::jwk));
    forged.server.put("/jwks", Served::json(&json!({ "keys": keys })));
    let visitor = forged.driftwood.visitor();
    for signer in &signers {
        let asked = forged.leave_anew(&visitor).await;
        forged.give(&signer.sign(&signer.header(), &forged.claims(&asked, "ada")));
        forged.come_back(&visitor, &asked).await.taken_to();
    }
}
