//! A user approves or denies a device, once

use futures_util::future::join_all;
use serde_json::json;

use super::{access_token, signed_up, with_television};
use crate::harness::{DEVICE_GRANT, TestServer};

#[tokio::test]
async fn a_denial_ends_the_authorization() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let consent = visitor.type_code(&codes.user_code).await;
    let done = visitor.submit(&consent, &[("decision", "deny")]).await;
    assert_eq!((done.status, done.heading().as_str()), (200, "Nothing was connected"));
    for _ in 0..2 {
        client.poll(&driftwood, &codes).await.refused_oauth(400, "access_denied");
    }
    visitor.allow(&consent).await.refused_page(400, "You have already answered");
    client.poll(&driftwood, &codes).await.refused_oauth(400, "access_denied");
    assert_eq!(visitor.type_code(&codes.user_code).await.status, 400, "the code is used");
    assert!(visitor.get("/account").await.text.contains("No app has access"));
}

#[tokio::test]
async fn a_consent_without_its_token_connects_nothing() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let consent = visitor.type_code(&codes.user_code).await;
    let form = consent.form();
    let id = &form.hidden.iter().find(|(name, _)| name == "authorization").unwrap().1;
    let fields = [("authorization", id.as_str()), ("decision", "allow")];
    visitor.post(&form.action, &fields).await.refused_page(403, "Please try that again");
    let mallory = signed_up(&driftwood).await;
    mallory.submit(&consent, &[("decision", "allow")]).await.refused_page(403, "Please try that again");
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
}

#[tokio::test]
async fn an_authorization_is_answered_once() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let consent = visitor.type_code(&codes.user_code).await;
    let second = visitor.type_code(&codes.user_code).await;
    assert_eq!(visitor.allow(&consent).await.heading(), "Your device is connected");
    visitor.allow(&consent).await.refused_page(400, "You have already answered");
    visitor.allow(&second).await.refused_page(400, "You have already answered");
    assert_eq!(visitor.type_code(&codes.user_code).await.status, 400);
    let token = access_token(&client.poll(&driftwood, &codes).await);
    visitor.submit(&consent, &[("decision", "deny")]).await.refused_page(400, "You have already answered");
    assert!(driftwood.is_alive(&token).await);
}

#[tokio::test]
async fn a_second_user_with_the_same_code_sees_that_it_was_answered() {
    let driftwood = TestServer::start().await;
    let (client, alice, codes) = with_television(&driftwood).await;
    let bob = signed_up(&driftwood).await;
    let (of_alice, of_bob) = (alice.type_code(&codes.user_code).await, bob.type_code(&codes.user_code).await);
    assert_eq!(alice.allow(&of_alice).await.heading(), "Your device is connected");
    let token = access_token(&client.poll(&driftwood, &codes).await);
    bob.submit(&of_bob, &[("decision", "deny")]).await.refused_page(400, "You have already answered");
    assert!(driftwood.is_alive(&token).await);
    let codes = client.ask(&driftwood).await;
    let (of_alice, of_bob) = (alice.type_code(&codes.user_code).await, bob.type_code(&codes.user_code).await);
    assert_eq!(bob.submit(&of_bob, &[("decision", "deny")]).await.heading(), "Nothing was connected");
    alice.allow(&of_alice).await.refused_page(400, "You have already answered");
    client.poll(&driftwood, &codes).await.refused_oauth(400, "access_denied");
}

#[tokio::test]
async fn of_32_answers_exactly_one_counts() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let consent = visitor.type_code(&codes.user_code).await;
    let answers = join_all((0..32).map(|n| {
        let (visitor, consent) = (&visitor, &consent);
        async move { visitor.submit(consent, &[("decision", if n % 2 == 0 { "allow" } else { "deny" })]).await }
    }))
    .await;
    let (done, late): (Vec<_>, Vec<_>) = answers.iter().partition(|reply| reply.status == 200);
    assert_eq!(done.len(), 1, "{:?}", done.iter().map(|page| page.heading()).collect::<Vec<_>>());
    late.iter().for_each(|page| page.refused_page(400, "You have already answered"));
    let is_connected = done[0].heading() == "Your device is connected";
    let reply = client.poll(&driftwood, &codes).await;
    assert_eq!(reply.status == 200, is_connected, "the page shows the real outcome: {}", reply.text);
    assert_eq!(visitor.get("/account").await.shows("Big Screen"), is_connected);
}

#[tokio::test]
async fn a_user_is_asked_for_every_device() {
    let driftwood = TestServer::start().await;
    let settings = json!({
        "name": "Both", "redirect_uris": ["https://both.example/cb"], "scopes": ["openid", "contact_read"],
        "grant_types": ["authorization_code", "refresh_token", DEVICE_GRANT],
    });
    let client = driftwood.client(settings).await;
    let visitor = signed_up(&driftwood).await;
    visitor.approve(&client, &[("scope", "openid contact_read")]).await.code();
    for _ in 0..2 {
        let codes = client.ask(&driftwood).await;
        let consent = visitor.type_code(&codes.user_code).await;
        assert_eq!(consent.heading(), "Both wants to access your account");
        visitor.allow(&consent).await;
        access_token(&client.poll(&driftwood, &codes).await);
    }
}
