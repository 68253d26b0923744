//! A key that leaked ends at once (`infra/operators/revoke-key.sh`): what it signed is refused, and new tokens work.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use shared::fault::Fault;

use super::metadata::{kid, kids, rotate};
use crate::harness::{OPERATED, PASSWORD, TestServer, Trouble, audit_line};
use crate::recovery::{reset, reset_token};

/// For how long a function that runs on may have read the keys before.
const CACHED: u64 = 301;

/// Revokes a key, as the script does.
async fn revoke(driftwood: &TestServer, kid: &str) -> Result<(), Fault> {
    let app = driftwood.server.apps.get("keys-rotate").expect("the function");
    keys_rotate::handle(Arc::clone(app), json!({"RevokeKey": kid})).await
}

/// The ids of the MAC keys.
async fn mac_keys(driftwood: &TestServer) -> Vec<String> {
    let app = driftwood.server.apps.get("keys-rotate").expect("the function");
    let secret = app.secrets.current(&app.config.mac_keys_secret).await.expect("the secret").value;
    let document: Value = serde_json::from_str(secret.expose()).expect("JSON");
    document["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_a_revoked_signing_key_signed_is_refused_and_another_key_signs_at_once() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let alice = driftwood.alice().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens =
        client.exchange(&driftwood, visitor.approve(&client, &[("scope", "openid")]).await.code()).await.json();
    let (access, hint) = (tokens["access_token"].as_str().unwrap(), tokens["id_token"].as_str().unwrap());
    let leaked = kid(&alice.access_token);
    let before = kids(&driftwood).await;
    assert!(before.contains(&leaked) && kid(hint) == leaked);

    revoke(&driftwood, &leaked).await.expect("a revocation");
    // The script ends running functions. One that runs on, as here, has read the keys before.
    assert!(driftwood.is_alive(&alice.access_token).await);
    driftwood.advance(CACHED);
    let after = kids(&driftwood).await;
    assert!(after.len() == before.len() && !after.contains(&leaked), "one key in its place");
    assert!(!driftwood.is_alive(&alice.access_token).await);
    let bearer = format!("Bearer {access}");
    let userinfo = driftwood.send(Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
    assert_eq!(userinfo.status, 401);
    assert_eq!(client.introspect(&driftwood, access).await, json!({"active": false}));
    let page = visitor.get(&format!("/oauth2/logout?id_token_hint={hint}")).await;
    assert_eq!(page.heading(), "Sign out?", "a hint that it signed names no user");

    // The session goes on, with tokens of the other key, and so does everything else.
    let refreshed = driftwood.refresh(&alice.refresh_token).await.result();
    let new = refreshed["access_token"].as_str().unwrap();
    assert!(after.contains(&kid(new)) && driftwood.is_alive(new).await);
    let signed_in = driftwood.login(&alice.email, PASSWORD).await.result();
    assert!(driftwood.is_alive(signed_in["access_token"].as_str().unwrap()).await);

    // Operators find it in the trail, and rotations go on.
    let operator = driftwood.operator().await;
    let trail = driftwood.trail(&operator.access_token, json!({"without_account": true})).await;
    let event = trail.iter().find(|event| audit_line(event) == "key.revoked succeeded").expect("an event");
    assert_eq!(event["subject"], leaked.as_str());
    rotate(&driftwood, "later").await;
    driftwood.advance(CACHED);
    assert!(!kids(&driftwood).await.contains(&leaked));
}

#[tokio::test]
async fn what_a_revoked_mac_key_made_is_refused_and_another_key_is_used_at_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens =
        client.exchange(&driftwood, visitor.approve(&client, &[("scope", "openid")]).await.code()).await.json();
    let link = reset_token(&driftwood, &alice.email).await;
    let page = visitor.get("/account").await;
    let [leaked] = mac_keys(&driftwood).await.try_into().expect("one key");

    revoke(&driftwood, &leaked).await.expect("a revocation");
    driftwood.advance(CACHED);
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
    refreshed.refused_oauth(400, "invalid_grant");
    reset(&driftwood, &link, "a password that is new").await.refused(400, "invalid_link");
    let form = page.form();
    let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(&form.action, &fields).await.refused_page(403, "Please try that again");

    // What it did not make lives on; all of it is made anew with the other key.
    assert!(driftwood.is_alive(&alice.access_token).await);
    assert_eq!(visitor.get("/account").await.heading(), "Your account");
    let signed_in = driftwood.login(&alice.email, PASSWORD).await.result();
    driftwood.refresh(signed_in["refresh_token"].as_str().unwrap()).await.result();
    let link = reset_token(&driftwood, &alice.email).await;
    reset(&driftwood, &link, "a password that is new").await.result();
    assert!(!mac_keys(&driftwood).await.contains(&leaked));
}

#[tokio::test]
async fn a_rotation_that_began_before_does_not_bring_a_revoked_key_back() {
    let driftwood = TestServer::start().await;
    let app = driftwood.server.apps.get("keys-rotate").expect("the function");
    let leaked = [kids(&driftwood).await.remove(0), mac_keys(&driftwood).await.remove(0)];
    for (secret, kid) in [&app.config.signing_keys_secret, &app.config.mac_keys_secret].into_iter().zip(&leaked) {
        let step = |step: &str| {
            let event = json!({"Step": step, "SecretId": secret, "ClientRequestToken": "rotation-before-0123456789abcdef0123456789"});
            keys_rotate::handle(Arc::clone(app), event)
        };
        step("createSecret").await.expect("a version");
        revoke(&driftwood, kid).await.expect("a revocation");
        if *secret == app.config.signing_keys_secret {
            step("setSecret").await.expect_err("the key would be published again");
        }
        step("testSecret").await.expect_err("the key would be used again");
        step("finishSecret").await.expect_err("the key would be used again");
    }
    driftwood.advance(CACHED);
    assert!(!kids(&driftwood).await.contains(&leaked[0]) && !mac_keys(&driftwood).await.contains(&leaked[1]));
    rotate(&driftwood, "after").await;
    driftwood.advance(CACHED);
    assert!(!kids(&driftwood).await.contains(&leaked[0]) && !mac_keys(&driftwood).await.contains(&leaked[1]));
    driftwood.alice().await;
}

#[tokio::test]
async fn a_key_that_waits_for_its_turn_takes_it_at_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    rotate(&driftwood, "one").await;
    driftwood.advance(CACHED);
    let [before, macs] = [kids(&driftwood).await, mac_keys(&driftwood).await];
    assert_eq!((before.len(), macs.len()), (4, 2));
    revoke(&driftwood, &kid(&alice.access_token)).await.expect("a revocation");
    revoke(&driftwood, &macs[0]).await.expect("a revocation");
    driftwood.advance(CACHED);
    let after = kids(&driftwood).await;
    assert!(after.len() == 3 && after.iter().all(|kid| before.contains(kid)), "no key was made");
    let bob = driftwood.alice().await;
    assert!(driftwood.is_alive(&bob.access_token).await);
    driftwood.refresh(&bob.refresh_token).await.result();
    assert_eq!(mac_keys(&driftwood).await, macs[1..]);
}

#[tokio::test]
async fn a_revoked_key_verifies_no_hint_whether_it_signs_or_retired() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let sign_in = async || {
        let answer = visitor.approve(&client, &[("scope", "openid")]).await;
        client.exchange(&driftwood, answer.code()).await.json()["id_token"].as_str().unwrap().to_owned()
    };
    let old = sign_in().await;
    rotate(&driftwood, "one").await;
    driftwood.advance(6 * 3_600 + 301);
    rotate(&driftwood, "two").await;
    driftwood.advance(CACHED);
    let new = sign_in().await;
    assert_ne!(kid(&old), kid(&new));
    revoke(&driftwood, &kid(&old)).await.expect("a retired key is revoked, too");
    revoke(&driftwood, &kid(&new)).await.expect("a revocation");
    revoke(&driftwood, &kid(&old)).await.expect_err("it is gone");
    driftwood.advance(CACHED);
    for hint in [&old, &new] {
        let page = visitor.get(&format!("/oauth2/logout?id_token_hint={hint}")).await;
        assert_eq!(page.heading(), "Sign out?", "it names no user");
    }
    let operator = driftwood.operator().await;
    let trail = driftwood.trail(&operator.access_token, json!({"without_account": true})).await;
    let revoked = trail.iter().filter(|event| audit_line(event) == "key.revoked succeeded");
    assert_eq!(revoked.count(), 2);
    rotate(&driftwood, "three").await;
    let items = format!("{:?}", driftwood.items("Keys").await);
    assert!(!items.contains(&kid(&old)) && !items.contains(&kid(&new)));
}

#[tokio::test]
async fn a_revocation_that_failed_is_repeated_and_an_unknown_key_changes_nothing() {
    for (operation, trouble) in [
        ("GetSecretValue", Trouble::TimeoutBefore),
        ("UpdateItem", Trouble::TimeoutBefore),
        ("UpdateItem", Trouble::ResponseLost),
        ("PutSecretValue", Trouble::TimeoutBefore),
        ("PutSecretValue", Trouble::ResponseLost),
        ("PutItem", Trouble::TimeoutBefore),
        ("UpdateSecretVersionStage", Trouble::TimeoutBefore),
    ] {
        let driftwood = TestServer::start().await;
        let alice = driftwood.alice().await;
        let leaked = kid(&alice.access_token);
        driftwood.inject_fault_in("keys-rotate", operation, trouble, 100);
        revoke(&driftwood, &leaked).await.expect_err(operation);
        assert!(driftwood.clear_faults() > 0, "{operation}");
        revoke(&driftwood, &leaked).await.expect(operation);
        driftwood.advance(CACHED);
        let left = kids(&driftwood).await;
        assert!(left.len() == 2 && !left.contains(&leaked), "{operation}");
        assert!(!driftwood.is_alive(&alice.access_token).await, "{operation}");
        let new = driftwood.login(&alice.email, PASSWORD).await.result();
        assert!(driftwood.is_alive(new["access_token"].as_str().unwrap()).await, "{operation}");
        let unknown = revoke(&driftwood, &leaked).await.expect_err("it is revoked");
        assert!(matches!(unknown, Fault::Broken(_)), "{unknown}");
        driftwood.advance(CACHED);
        assert_eq!(kids(&driftwood).await, left);
    }
}
