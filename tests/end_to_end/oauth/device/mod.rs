//! The device grant (RFC 8628), a file for each of its parts

mod decision;
mod faults;
mod page;
mod polling;
mod request;
mod revocation;

use serde_json::json;

use crate::harness::{Client, DeviceCodes, Reply, TestServer, Visitor, claims};

const DEVICE: &str = "/device";

async fn signed_up(driftwood: &TestServer) -> Visitor<'_> {
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor
}

/// A television, the browser of a signed-in user, and the television's codes.
async fn with_television(driftwood: &TestServer) -> (Client, Visitor<'_>, DeviceCodes) {
    let client = driftwood.television().await;
    let codes = client.ask(driftwood).await;
    (client, signed_up(driftwood).await, codes)
}

fn access_token(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_user_types_the_code_signs_in_consents_and_the_device_gets_tokens() {
    let driftwood = TestServer::start().await;
    let client = driftwood.television().await;
    let codes = client.ask(&driftwood).await;
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    let visitor = driftwood.visitor();
    let page = visitor.get(DEVICE).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Connect a device"));
    let sign_in = visitor.type_code(&codes.user_code).await;
    assert_eq!(sign_in.heading(), "Sign in");
    let (email, consent) = visitor.register(&sign_in).await;
    assert_eq!(consent.heading(), "Big Screen wants to access your account");
    for text in [codes.user_code.as_str(), "another device", &email, "Read your account’s contacts"] {
        assert!(consent.shows(text), "{text}");
    }
    driftwood.advance(5);
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    let done = visitor.allow(&consent).await;
    assert_eq!((done.status, done.heading().as_str()), (200, "Your device is connected"));
    assert!(done.shows("Big Screen"));
    driftwood.advance(5);
    let reply = client.poll(&driftwood, &codes).await;
    let token = access_token(&reply);
    assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
    let tokens = reply.json();
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_u64()), (Some("Bearer"), Some(7_200)));
    assert_eq!(tokens["scope"], "openid profile contact_read");
    let (access, id) = (claims(&token), claims(tokens["id_token"].as_str().unwrap()));
    assert_eq!((&id["aud"], &id["sub"]), (&json!(client.app.client_id), &access["sub"]));
    assert_eq!(tokens["orgId"], access["org_id"]);
    assert!(driftwood.is_alive(&token).await);
    let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
    assert!(driftwood.is_alive(&access_token(&refreshed)).await);
    assert!(visitor.get("/account").await.shows("Big Screen"));
}
