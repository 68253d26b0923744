//! Clients by document that authenticate with a key.

use serde_json::{Value, json};

use super::{CLIENT_ID, PATH, document_with, start};
use crate::harness::{Client, DocumentServer, Served, Signer, TestServer};

const JWKS: &str = "/jwks.json";

fn signing(driftwood: &TestServer, signer: &Signer) -> Client {
    let client = driftwood.unowned_client(CLIENT_ID, "", "https://app.notes.example/cb");
    Client { signer: Some(signer.clone()), ..client }
}

fn put(documents: &DocumentServer, keys: Value) {
    let mut document = document_with(&json!({"token_endpoint_auth_method": "private_key_jwt"}));
    document.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    documents.put(PATH, Served::json(&document));
}

/// Asserts whether the client is authenticated: only then the invalid refresh token is what is refused.
async fn assert_known(driftwood: &TestServer, client: &Client, is_known: bool) {
    let reply = client.token(driftwood, &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    let (status, code) = if is_known { (400, "invalid_grant") } else { (401, "invalid_client") };
    reply.refused_oauth(status, code);
}

#[tokio::test]
async fn keys_in_the_document_or_at_an_address_authenticate_the_client() {
    let (driftwood, documents) = start().await;
    let signer = Signer::es256("1");
    documents.put(JWKS, Served::json(&signer.jwks()));
    for keys in [json!({"jwks": signer.jwks()}), json!({"jwks_uri": "https://notes.example/jwks.json"})] {
        put(&documents, keys);
        let client = signing(&driftwood, &signer);
        let visitor = driftwood.visitor();
        visitor.signed_up().await;
        let code = visitor.approve(&client, &[]).await.code().to_owned();
        let unauthenticated = Client { signer: None, ..client.clone() };
        unauthenticated.exchange(&driftwood, &code).await.refused_oauth(401, "invalid_client");
        let foreign = signing(&driftwood, &Signer::es256("1"));
        foreign.exchange(&driftwood, &code).await.refused_oauth(401, "invalid_client");
        let tokens = client.exchange(&driftwood, &code).await.json();
        let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refreshed.status, 200, "{}", refreshed.text);
        driftwood.advance(3_600);
    }
}

#[tokio::test]
async fn keys_at_an_address_are_fetched_once_and_again_for_a_new_key() {
    let (driftwood, documents) = start().await;
    put(&documents, json!({"jwks_uri": "https://notes.example/jwks.json"}));
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    documents.put(JWKS, Served::json(&old.jwks()));
    let fetches = || documents.asked().iter().filter(|path| *path == JWKS).count();
    for _ in 0..3 {
        assert_known(&driftwood, &signing(&driftwood, &old), true).await;
    }
    assert_eq!(fetches(), 1);
    documents.put(JWKS, Served::json(&json!({"keys": [old.jwk(), new.jwk()]})));
    driftwood.advance(60);
    assert_known(&driftwood, &signing(&driftwood, &new), true).await;
    assert_known(&driftwood, &signing(&driftwood, &old), true).await;
    assert_eq!(fetches(), 2);
    for n in 0..5 {
        assert_known(&driftwood, &signing(&driftwood, &Signer::es256(&format!("unknown {n}"))), false).await;
    }
    assert!(fetches() <= 3, "unknown keys are looked up at most once a minute");
}

#[tokio::test]
async fn a_removed_key_is_refused_when_the_cached_set_expires() {
    let (driftwood, documents) = start().await;
    put(&documents, json!({"jwks_uri": "https://notes.example/jwks.json"}));
    let (stolen, new) = (Signer::es256("stolen"), Signer::es256("new"));
    documents.put(JWKS, Served::json(&stolen.jwks()).header("cache-control", "max-age=600"));
    assert_known(&driftwood, &signing(&driftwood, &stolen), true).await;
    documents.put(JWKS, Served::json(&new.jwks()));
    driftwood.advance(600);
    assert_known(&driftwood, &signing(&driftwood, &stolen), false).await;
    assert_known(&driftwood, &signing(&driftwood, &new), true).await;
}

#[tokio::test]
async fn an_invalid_key_set_authenticates_no_client_and_is_not_cached() {
    let (driftwood, documents) = start().await;
    put(&documents, json!({"jwks_uri": "https://notes.example/jwks.json"}));
    let signer = Signer::es256("1");
    let client = signing(&driftwood, &signer);
    let mut private = signer.jwk();
    private["d"] = json!("c2VjcmV0");
    let big = json!({"keys": [signer.jwk()], "x": "a".repeat(6_000)});
    for served in [
        Served::json(&signer.jwks()).status(404),
        Served::json(&signer.jwks()).status(301).header("location", "https://notes.example/other.json"),
        Served::json(&signer.jwks()).header("content-type", "text/html"),
        Served::text("{"),
        Served::json(&json!({"keys": []})),
        Served::json(&json!({"keys": [private]})),
        Served::json(&big),
    ] {
        documents.put(JWKS, served.clone());
        let reply = client.token(&driftwood, &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
        assert!([401, 503].contains(&reply.status), "{served:?}: {}", reply.text);
    }
    documents.put(JWKS, Served::json(&signer.jwks()).status(503));
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    client.token(&driftwood, &form).await.refused_oauth(503, "temporarily_unavailable");
    documents.put(JWKS, Served::json(&signer.jwks()));
    assert_known(&driftwood, &client, true).await;
}
