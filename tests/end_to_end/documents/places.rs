//! Addresses from which no document is fetched.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;
use shared::domain::client::id::ClientId;

use super::{BROKEN, CLIENT_ID, PATH, document_with, start, start_with};
use crate::harness::{DocumentServer, Served, Signer, TestServer};

/// A port of this machine to which no connection may be made.
struct Trap(TcpListener);

impl Trap {
    fn set(address: &str) -> Option<Self> {
        let listener = TcpListener::bind(address).ok()?;
        listener.set_nonblocking(true).expect("a listener that does not wait");
        Some(Self(listener))
    }

    fn port(&self) -> u16 {
        self.0.local_addr().expect("an address").port()
    }

    #[track_caller]
    fn assert_untouched(&self) {
        let connection = self.0.accept().map(|_| ()).map_err(|error| error.kind());
        assert_eq!(connection, Err(ErrorKind::WouldBlock), "a connection was made");
    }
}

async fn generous() -> (TestServer, DocumentServer) {
    let parameters = [("DocumentLimit", "1000"), ("ClientLimit", "1000"), ("ClientAddressLimit", "1000")];
    start_with(&parameters).await
}

async fn assert_page(driftwood: &TestServer, client_id: &str) {
    let client = driftwood.unowned_client(client_id, "", "https://app.notes.example/cb");
    let page = driftwood.visitor().get(&client.authorize_path(&[])).await;
    page.refused_page(400, BROKEN);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let reply = client.token(driftwood, &form).await;
    // A document that was not fetched says nothing about the client.
    if reply.status == 503 && ClientId::parse(client_id).is_some() {
        reply.refused_oauth(503, "temporarily_unavailable");
    } else {
        reply.refused_oauth(401, "invalid_client");
    }
    assert_eq!(driftwood.count_items("Apps").await, 0, "{client_id}");
}

#[tokio::test]
async fn nothing_is_fetched_from_our_own_networks() {
    let (driftwood, _documents) = generous().await;
    let traps: Vec<Trap> = ["127.0.0.1:0", "[::1]:0"].into_iter().filter_map(Trap::set).collect();
    let port = traps[0].port();
    for host in [
        "localhost",
        "127.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:7f00:1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "100.64.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "224.0.0.1",
        "255.255.255.255",
    ] {
        let client_id = format!("https://{host}:{port}/client.json");
        let client = driftwood.unowned_client(&client_id, "", "https://app.notes.example/cb");
        let page = driftwood.visitor().get(&client.authorize_path(&[])).await;
        page.refused_page(400, BROKEN);
        assert!(page.text.contains("not on the public internet"), "{client_id}: {}", page.text);
        assert_page(&driftwood, &client_id).await;
    }
    for trap in traps {
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            assert_page(&driftwood, &format!("https://{host}:{}/", trap.port())).await;
        }
        trap.assert_untouched();
    }
}

#[tokio::test]
async fn the_addresses_of_credential_endpoints_are_refused() {
    let (driftwood, _documents) = generous().await;
    for client_id in [
        "https://169.254.169.254/",
        "https://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "https://169.254.170.2/v2/credentials",
        "https://localhost/client.json",
        "https://127.0.0.1/client.json",
        "https://[::1]/client.json",
        "https://[fd00:ec2::254]/latest/meta-data/",
    ] {
        assert_page(&driftwood, client_id).await;
    }
}

#[tokio::test]
async fn an_ambiguous_address_is_no_client_id() {
    let (driftwood, documents) = generous().await;
    let trap = Trap::set("127.0.0.1:0").unwrap();
    let port = trap.port();
    let long = format!("https://notes.example/{}", "x".repeat(512));
    let on_a_port = |host: &str| format!("https://{host}:{port}/client.json");
    for client_id in [
        "http://notes.example/client.json".to_owned(),
        "HTTPS://notes.example/client.json".to_owned(),
        "https://notes.example".to_owned(),
        "https:notes.example/client.json".to_owned(),
        "https:/notes.example/client.json".to_owned(),
        "//notes.example/client.json".to_owned(),
        "ftp://notes.example/client.json".to_owned(),
        "file:///client.json".to_owned(),
        "https://user@notes.example/client.json".to_owned(),
        "https://user:password@notes.example/client.json".to_owned(),
        "https://@notes.example/client.json".to_owned(),
        "https://evil.example\\@notes.example/client.json".to_owned(),
        "https://notes.example/client.json#x".to_owned(),
        "https://notes.example/client.json#".to_owned(),
        "https://notes.example/a/../client.json".to_owned(),
        "https://notes.example/./client.json".to_owned(),
        "https://notes.example/%2e/client.json".to_owned(),
        "https://notes.example/a/%2E%2e/client.json".to_owned(),
        "https://NOTES.example/client.json".to_owned(),
        "https://notes.example:443/client.json".to_owned(),
        "https://notes.example/client .json".to_owned(),
        "https://notes.example/client\t.json".to_owned(),
        "https://notes.example/\"client.json".to_owned(),
        "https://notes\u{3002}example/client.json".to_owned(),
        " https://notes.example/client.json".to_owned(),
        long,
        on_a_port("127.1"),
        on_a_port("2130706433"),
        on_a_port("0x7f000001"),
        on_a_port("0177.0.0.1"),
        on_a_port("[::ffff:127.0.0.1]"),
        on_a_port("LOCALHOST"),
    ] {
        assert_page(&driftwood, &client_id).await;
    }
    assert_eq!(documents.asked().len(), 0);
    trap.assert_untouched();
}

#[tokio::test]
async fn addresses_are_compared_exactly() {
    let (driftwood, documents) = start().await;
    for other in
        ["/client.json?", "/client.json?x=1", "/Client.json", "/client.json/", "/%63lient.json", "//client.json"]
    {
        let client_id = format!("{}{other}", super::HOST);
        documents.put(other, Served::json(&super::document()));
        assert_page(&driftwood, &client_id).await;
    }
    assert!(!documents.asked().contains(&PATH.to_owned()));
    let with_query = format!("{CLIENT_ID}?version=2");
    documents.put("/client.json?version=2", Served::json(&document_with(&json!({"client_id": with_query}))));
    let client = driftwood.unowned_client(&with_query, "", "https://app.notes.example/cb");
    assert_eq!(driftwood.visitor().authorize(&client, &[]).await.heading(), "Sign in");
}

#[tokio::test]
async fn keys_are_not_fetched_from_our_own_networks_either() {
    let (driftwood, documents) = start().await;
    let trap = Trap::set("127.0.0.1:0").unwrap();
    let signer = Signer::es256("1");
    for host in ["127.0.0.1", "localhost", "169.254.169.254"] {
        let keys = format!("https://{host}:{}/jwks", trap.port());
        let change = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": keys});
        documents.put(PATH, Served::json(&document_with(&change)));
        driftwood.advance(3_600);
        let unsigned = driftwood.unowned_client(CLIENT_ID, "", "https://app.notes.example/cb");
        let client = crate::harness::Client { signer: Some(signer.clone()), ..unsigned };
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        client.token(&driftwood, &form).await.refused_oauth(503, "temporarily_unavailable");
    }
    trap.assert_untouched();
}
