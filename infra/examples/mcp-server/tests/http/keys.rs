//! How the issuer's keys are found and kept.

use std::time::{Duration, Instant};

use jsonwebtoken::Algorithm;
use mcp_server::keys::IssuerKeys;
use mcp_server::settings::Settings;
use serde_json::json;

use crate::issuer::Issuer;
use crate::server::Server;
use crate::signing::{RSA, ec};

fn keys_of(issuer: &Issuer) -> IssuerKeys {
    IssuerKeys::new(&Settings::new(&issuer.url, "http://127.0.0.1:8791/mcp").unwrap()).unwrap()
}

#[tokio::test]
async fn keys_are_kept_for_five_minutes() {
    let (issuer, start) = (Issuer::start(vec![RSA.jwk.clone()]).await, Instant::now());
    let keys = keys_of(&issuer);
    for seconds in [0, 1, 61, 299] {
        let key = keys.find("rsa", start + Duration::from_secs(seconds)).await.unwrap();
        assert_eq!(key.unwrap().algorithm, Algorithm::RS256);
    }
    assert_eq!(issuer.asked(), 1);

    issuer.keys.lock().unwrap().clear();
    assert!(keys.find("rsa", start + Duration::from_secs(300)).await.unwrap().is_none(), "a key that is gone is gone");
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn a_new_key_is_found_but_unknown_ones_are_asked_for_once_a_minute() {
    let (issuer, start) = (Issuer::start(vec![RSA.jwk.clone()]).await, Instant::now());
    let keys = keys_of(&issuer);
    assert!(keys.find("rsa", start).await.unwrap().is_some());
    issuer.keys.lock().unwrap().push(ec("new").jwk);
    for seconds in [1, 30, 59] {
        assert!(keys.find("new", start + Duration::from_secs(seconds)).await.unwrap().is_none());
    }
    assert_eq!(issuer.asked(), 1);
    assert!(keys.find("new", start + Duration::from_secs(60)).await.unwrap().is_some());
    for seconds in 61..120 {
        assert!(keys.find("unknown", start + Duration::from_secs(seconds)).await.unwrap().is_none());
    }
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn keys_that_no_token_may_be_signed_with_are_passed_over() {
    let mut encryption = RSA.jwk.clone();
    encryption["use"] = json!("enc");
    encryption["kid"] = json!("encryption");
    let mut other = RSA.jwk.clone();
    other["alg"] = json!("RS512");
    other["kid"] = json!("other");
    let mut mixed = ec("mixed").jwk;
    mixed["alg"] = json!("RS256");
    let secret = json!({"kty": "oct", "alg": "HS256", "kid": "secret", "k": "c2VjcmV0"});
    let strange = json!({"kty": "future", "kid": "strange"});
    let issuer = Issuer::start(vec![encryption, other, mixed, secret, strange, json!(7), RSA.jwk.clone()]).await;
    let (keys, now) = (keys_of(&issuer), Instant::now());
    for kid in ["encryption", "other", "mixed", "secret", "strange"] {
        assert!(keys.find(kid, now).await.unwrap().is_none(), "{kid}");
    }
    assert!(keys.find("rsa", now).await.unwrap().is_some());
}

#[tokio::test]
async fn metadata_of_another_issuer_leads_to_no_keys() {
    let server = Server::start().await;
    let good = server.issuer.metadata.lock().unwrap()["issuer"].clone();
    server.issuer.metadata.lock().unwrap()["issuer"] = json!("http://127.0.0.1:1");
    let token = server.token(&RSA, json!({}));
    let answer = server.whoami(&token).await;
    assert_eq!((answer.status, answer.challenge.as_str()), (503, ""), "the token may be good, so a new one is no help");
    assert_eq!(server.issuer.asked(), 0);

    server.issuer.metadata.lock().unwrap()["issuer"] = good;
    assert_eq!(server.whoami(&token).await.status, 200, "and it recovers by itself");
}
