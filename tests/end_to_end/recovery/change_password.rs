//! `POST /api/auth-change-password` and `/account/change-password`

use serde_json::json;

use super::{FORGOT, NEW, can_sign_in, change_password, events, mails, signed_in};
use crate::harness::{PASSWORD, TestServer};

const PAGE: &str = "/account/change-password";
const SIGN_IN: &str = "/oauth2/authorize/sign-in";

#[tokio::test]
async fn a_change_keeps_this_session_and_revokes_the_others() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let browser = driftwood.visitor();
    let email = browser.signed_up().await;
    let (here, there) = (signed_in(&driftwood, &email, PASSWORD).await, signed_in(&driftwood, &email, PASSWORD).await);
    let offline = [("scope", "openid contact_read offline_access")];
    let tokens = client.exchange(&driftwood, browser.approve(&client, &offline).await.code()).await.json();
    let bystander = driftwood.alice().await;
    let reply = change_password(&driftwood, &here, PASSWORD, NEW).await;
    assert_eq!(reply.result(), json!({}));
    assert!(driftwood.is_alive(&here.access_token).await);
    driftwood.refresh(&here.refresh_token).await.result();
    assert!(!driftwood.is_alive(&there.access_token).await);
    driftwood.refresh(&there.refresh_token).await.refused(401, "invalid_refresh_token");
    assert_eq!(browser.get("/account").await.header("location"), SIGN_IN);
    assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.refused_oauth(400, "invalid_grant");
    assert!(driftwood.is_alive(&bystander.access_token).await);
    assert!(can_sign_in(&driftwood, &email, NEW).await && !can_sign_in(&driftwood, &email, PASSWORD).await);
    assert_eq!(mails(&driftwood, &email, "Your password at"), 1);
}

#[tokio::test]
async fn the_page_does_the_same_and_keeps_the_browser_signed_in() {
    let driftwood = TestServer::start().await;
    let (browser, other) = (driftwood.visitor(), driftwood.visitor());
    let email = browser.signed_up().await;
    other.sign_in(&other.get(SIGN_IN).await, &email, PASSWORD).await;
    let api = signed_in(&driftwood, &email, PASSWORD).await;
    let page = browser.get(PAGE).await;
    assert_eq!(page.heading(), "Change your password");
    assert_eq!(page.link_to(FORGOT), FORGOT);
    driftwood.keep_secret(NEW);
    let wrong = browser.submit(&page, &[("current_password", "not my password"), ("new_password", NEW)]).await;
    assert_eq!((wrong.status, wrong.heading()), (400, "Change your password".to_owned()));
    assert!(wrong.shows("is not your password") && !wrong.text.contains("not my password"));
    let done = browser.submit(&wrong, &[("current_password", PASSWORD), ("new_password", NEW)]).await;
    assert_eq!(done.heading(), "Your password was changed");
    assert_eq!(browser.get("/account").await.heading(), "Your account");
    assert_eq!(other.get("/account").await.header("location"), SIGN_IN);
    assert!(!driftwood.is_alive(&api.access_token).await);
    assert_eq!(mails(&driftwood, &email, "Your password at"), 1);
    assert_eq!(events(&driftwood, "password.changed").await, ["refused", "succeeded"]);
    assert_eq!(driftwood.visitor().get(PAGE).await.header("location"), SIGN_IN);
}

#[tokio::test]
async fn a_wrong_password_changes_nothing_and_the_token_stays_valid() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let refused = change_password(&driftwood, &alice, "not my password", NEW).await;
    assert_eq!(refused.mistaken_fields(), ["current_password"]);
    assert!(driftwood.is_alive(&alice.access_token).await);
    assert!(can_sign_in(&driftwood, &alice.email, PASSWORD).await);
    assert_eq!(mails(&driftwood, &alice.email, "Your password at"), 0);
    assert_eq!(events(&driftwood, "password.changed").await, ["refused"]);
}

#[tokio::test]
async fn a_new_password_that_the_policy_refuses_is_reported_before_anything_is_hashed() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for bad in ["fourteen-chars", "1q2w3e4r5t6y7u8i9o0p", "my name is Alice Arden", &"x".repeat(257)] {
        let refused = change_password(&driftwood, &alice, PASSWORD, bad).await;
        assert_eq!(refused.mistaken_fields(), ["new_password"], "{bad}");
    }
    let both = driftwood.post_as(&alice.access_token, "auth-change-password", json!({})).await;
    assert_eq!(both.mistaken_fields(), ["current_password", "new_password"]);
    assert_eq!(driftwood.hashes("auth-change-password"), 0);
}

#[tokio::test]
async fn a_user_with_an_outdated_hash_changes_their_password_too() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.outdate_password(&alice).await;
    change_password(&driftwood, &alice, PASSWORD, NEW).await.result();
    assert!(can_sign_in(&driftwood, &alice.email, NEW).await);
}

#[tokio::test]
async fn apps_cannot_change_passwords() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    let delegated = tokens["access_token"].as_str().unwrap().to_owned();
    let program = driftwood.program(&driftwood.alice().await, json!({"name": "Job"})).await;
    let own = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    let change_email = json!({"new_email": "app@example.com", "password": PASSWORD});
    for token in [&delegated, &own] {
        driftwood.post_as(token, "auth-change-password", body.clone()).await.refused(403, "forbidden");
        driftwood.post_as(token, "auth-change-email", change_email.clone()).await.refused(403, "forbidden");
    }
    driftwood.post("auth-change-password", body).await.refused(401, "unauthorized");
    driftwood.post("auth-change-email", change_email).await.refused(401, "unauthorized");
}
