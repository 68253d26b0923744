//! Clients whose keys are at their own `jwks_uri`

use serde_json::json;

use super::client_keys::assert_authenticates_everywhere;
use crate::harness::{
    Client, DocumentServer, JWT_BEARER, Reply, Served, Signer, TestServer, Trouble, assertion_claims,
};

const URI: &str = "https://keys.example/jwks";

async fn with_parameters(signer: &Signer, parameters: &[(&str, &str)]) -> (DocumentServer, TestServer, Client) {
    let server = DocumentServer::with("/jwks", &signer.jwks()).await;
    let driftwood = TestServer::start_with_documents(&[("https://keys.example", &server)], parameters).await;
    let client = driftwood.signing_client(signer, ("jwks_uri", json!(URI))).await;
    (server, driftwood, client)
}

async fn with_key_server(signer: &Signer) -> (DocumentServer, TestServer, Client) {
    with_parameters(signer, &[]).await
}

/// Requests a client credentials token.
async fn ask(driftwood: &TestServer, client: &Client) -> Reply {
    client.token(driftwood, &[("grant_type", "client_credentials")]).await
}

fn with_signer(client: &Client, signer: &Signer) -> Client {
    Client { signer: Some(signer.clone()), ..client.clone() }
}

#[tokio::test]
async fn a_remote_key_authenticates_at_every_endpoint() {
    for signer in [Signer::es256("1"), Signer::rs256("2")] {
        let (server, driftwood, client) = with_key_server(&signer).await;
        assert_authenticates_everywhere(&driftwood, &client).await;
        let asked = server.asked();
        assert!(asked.iter().all(|path| path == "/jwks") && asked.len() <= 5, "once by each function: {asked:?}");
    }
}

#[tokio::test]
async fn keys_are_cached_as_long_as_their_server_allows() {
    let signer = Signer::es256("1");
    for (header, seconds) in [("", 3_600), ("max-age=600", 600), ("no-store", 60), ("max-age=999999999", 86_400)] {
        let (server, driftwood, client) = with_key_server(&signer).await;
        server.put("/jwks", Served::json(&signer.jwks()).header("cache-control", header));
        assert!(server.asked().is_empty(), "the keys are not fetched before they are needed");
        for _ in 0..3 {
            assert_eq!(ask(&driftwood, &client).await.status, 200);
        }
        driftwood.advance(seconds - 1);
        assert_eq!((ask(&driftwood, &client).await.status, server.asked().len()), (200, 1), "{header}");
        driftwood.advance(1);
        assert_eq!((ask(&driftwood, &client).await.status, server.asked().len()), (200, 2), "{header}");
    }
}

#[tokio::test]
async fn a_new_key_is_found_and_an_old_one_refused() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let (server, driftwood, client) = with_key_server(&old).await;
    let renewed = with_signer(&client, &new);
    assert_eq!(ask(&driftwood, &client).await.status, 200);
    ask(&driftwood, &renewed).await.refused_oauth(401, "invalid_client");
    assert_eq!(server.asked().len(), 1, "a client cannot cause a fetch for every request");
    driftwood.advance(60);
    server.put("/jwks", Served::json(&json!({"keys": [old.jwk(), new.jwk()]})));
    assert_eq!((ask(&driftwood, &renewed).await.status, server.asked().len()), (200, 2));
    assert_eq!((ask(&driftwood, &client).await.status, server.asked().len()), (200, 2), "while both are there");
    driftwood.advance(3_600);
    server.put("/jwks", Served::json(&new.jwks()));
    ask(&driftwood, &client).await.refused_oauth(401, "invalid_client");
    assert_eq!(ask(&driftwood, &renewed).await.status, 200);
}

#[tokio::test]
async fn a_new_key_without_a_name_is_found_too() {
    let (old, new) = (Signer::es256(""), Signer::es256(""));
    let nameless = |signer: &Signer| {
        let mut key = signer.jwk();
        key.as_object_mut().unwrap().remove("kid");
        Served::json(&json!({"keys": [key]}))
    };
    let (server, driftwood, client) = with_key_server(&old).await;
    server.put("/jwks", nameless(&old));
    let ask_with = async |signer: &Signer| {
        let claims = assertion_claims(&client.app.client_id, &driftwood.server.url, driftwood.clock.now());
        let assertion = signer.sign(&json!({"alg": "ES256"}), &claims);
        let proof = format!("client_assertion_type={JWT_BEARER}&client_assertion={assertion}");
        driftwood.token_form(&[], &format!("grant_type=client_credentials&{proof}")).await
    };
    assert_eq!((ask_with(&old).await.status, server.asked().len()), (200, 1));
    driftwood.advance(60);
    server.put("/jwks", nameless(&new));
    assert_eq!((ask_with(&new).await.status, server.asked().len()), (200, 2));
    ask_with(&old).await.refused_oauth(401, "invalid_client");
    assert_eq!(server.asked().len(), 2, "a client cannot cause a fetch for every request");
}

#[tokio::test]
async fn a_wrong_signature_under_a_known_kid_fetches_nothing() {
    let (signer, forger) = (Signer::es256("1"), Signer::es256("1"));
    let (server, driftwood, client) = with_key_server(&signer).await;
    assert_eq!(ask(&driftwood, &client).await.status, 200);
    driftwood.advance(600);
    ask(&driftwood, &with_signer(&client, &forger)).await.refused_oauth(401, "invalid_client");
    assert_eq!((ask(&driftwood, &client).await.status, server.asked().len()), (200, 1));
}

#[tokio::test]
async fn an_unavailable_key_server_is_not_an_invalid_client() {
    let signer = Signer::es256("1");
    let (server, driftwood, client) = with_key_server(&signer).await;
    let assert_unavailable = |reply: Reply| {
        reply.refused_oauth(503, "temporarily_unavailable");
        assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
        assert_eq!(reply.header("www-authenticate"), "");
    };
    server.set_away(true);
    assert_unavailable(ask(&driftwood, &client).await);
    assert_unavailable(client.call(&driftwood, "/oauth2/introspect", &[("token", "x")]).await);
    server.set_away(false);
    for status in [500, 502, 503, 429] {
        server.put("/jwks", Served::json(&signer.jwks()).status(status));
        assert_unavailable(ask(&driftwood, &client).await);
    }
    server.put("/jwks", Served::json(&signer.jwks()));
    assert_eq!(ask(&driftwood, &client).await.status, 200);
    server.set_away(true);
    driftwood.advance(3_599);
    assert_eq!(ask(&driftwood, &client).await.status, 200, "its keys are cached");
    driftwood.advance(1);
    for _ in 0..3 {
        assert_eq!(ask(&driftwood, &client).await.status, 200, "and are used for a day more while the server fails");
    }
    let renewed = with_signer(&client, &Signer::es256("2"));
    assert_unavailable(ask(&driftwood, &renewed).await);
    driftwood.advance(86_400 - 1);
    assert_eq!(ask(&driftwood, &client).await.status, 200);
    driftwood.advance(1);
    assert_unavailable(ask(&driftwood, &client).await);
    server.set_away(false);
    assert_eq!(ask(&driftwood, &client).await.status, 200);
}

#[tokio::test]
async fn an_invalid_key_set_is_refused_and_not_cached() {
    let signer = Signer::es256("1");
    let (server, driftwood, client) = with_key_server(&signer).await;
    let mut private = signer.jwk();
    private["d"] = json!("AAAA");
    let padded = json!({"keys": [signer.jwk()], "padding": "x".repeat(5_200)});
    for served in [
        Served::json(&signer.jwks()).status(404),
        Served::json(&signer.jwks()).status(201),
        Served::json(&signer.jwks()).status(302).header("location", "https://keys.example/other"),
        Served::json(&signer.jwks()).header("content-type", "text/html"),
        Served::json(&padded),
    ] {
        server.put("/jwks", served);
        ask(&driftwood, &client).await.refused_oauth(503, "temporarily_unavailable");
    }
    for served in [
        Served::json(&json!({"keys": []})),
        Served::json(&json!({"keys": [private]})),
        Served::json(&json!({"keys": [{"kty": "oct", "k": "AAAA", "kid": "1"}]})),
        Served::json(&signer.jwk()),
        Served::text("rubbish"),
        Served::text(""),
    ] {
        server.put("/jwks", served.clone());
        let reply = ask(&driftwood, &client).await;
        assert_eq!(reply.status, 401, "{served:?}: {}", reply.text);
        reply.refused_oauth(401, "invalid_client");
    }
    server.put("/other", Served::json(&signer.jwks()));
    assert!(!server.asked().contains(&"/other".to_owned()), "redirects lead nowhere");
    server.put("/jwks", Served::json(&signer.jwks()));
    assert_eq!(ask(&driftwood, &client).await.status, 200);
}

#[tokio::test]
async fn keys_at_private_addresses_are_not_fetched() {
    let signer = Signer::es256("1");
    let driftwood = TestServer::start().await;
    for uri in ["https://127.0.0.1/jwks", "https://[::1]/jwks", "https://169.254.169.254/jwks", "https://10.0.0.1/jwks"]
    {
        let client = driftwood.signing_client(&signer, ("jwks_uri", json!(uri))).await;
        ask(&driftwood, &client).await.refused_oauth(503, "temporarily_unavailable");
    }
}

#[tokio::test]
async fn fetches_are_limited() {
    let signer = Signer::es256("1");
    let (server, driftwood, client) = with_parameters(&signer, &[("DocumentLimit", "2")]).await;
    server.put("/jwks", Served::text("rubbish"));
    for _ in 0..2 {
        ask(&driftwood, &client).await.refused_oauth(401, "invalid_client");
    }
    let refused = ask(&driftwood, &client).await;
    refused.refused_oauth(429, "temporarily_unavailable");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    assert_eq!(server.asked().len(), 2);
    driftwood.advance(900);
    server.put("/jwks", Served::json(&signer.jwks()));
    for _ in 0..5 {
        assert_eq!(ask(&driftwood, &client).await.status, 200);
    }
}

#[tokio::test]
async fn keys_can_move_to_a_jwks_uri_and_back() {
    let (inline, remote) = (Signer::es256("1"), Signer::es256("2"));
    let (_server, driftwood, client) = with_key_server(&remote).await;
    let update = async |change: serde_json::Value| {
        driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await
    };
    let with_inline_keys = with_signer(&client, &inline);
    assert_eq!(ask(&driftwood, &client).await.status, 200);
    let app = update(json!({"id": client.app.id, "jwks": inline.jwks()})).await.result()["app"].clone();
    assert_eq!((&app["jwks"], app.get("jwks_uri")), (&inline.jwks(), None));
    ask(&driftwood, &client).await.refused_oauth(401, "invalid_client");
    assert_eq!(ask(&driftwood, &with_inline_keys).await.status, 200);
    let both = json!({"id": client.app.id, "jwks": inline.jwks(), "jwks_uri": URI});
    assert_eq!(update(both).await.mistaken_fields(), ["jwks_uri"]);
    assert_eq!(
        update(json!({"id": client.app.id, "jwks_uri": "http://x.example"})).await.mistaken_fields(),
        ["jwks_uri"]
    );
    update(json!({"id": client.app.id, "jwks_uri": URI})).await.result();
    ask(&driftwood, &with_inline_keys).await.refused_oauth(401, "invalid_client");
    assert_eq!(ask(&driftwood, &client).await.status, 200);
}

#[tokio::test]
async fn a_fault_while_a_fetch_is_counted_is_not_an_invalid_client() {
    let signer = Signer::es256("1");
    let (_server, driftwood, client) = with_key_server(&signer).await;
    driftwood.inject_fault("UpdateItem", Trouble::Throttled, 50);
    ask(&driftwood, &client).await.refused_oauth(503, "temporarily_unavailable");
    assert!(driftwood.clear_faults() > 0);
    assert_eq!(ask(&driftwood, &client).await.status, 200);
}
