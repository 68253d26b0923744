//! A password that is reset by mail.

use serde_json::json;

use super::{Squatted, apps, owner_resets, token_of};
use crate::account::press;
use crate::harness::{PASSWORD, TestServer};
use crate::keys::SECRET;
use crate::recovery::{NEW, RESET, events, forgot, last_token, reset, reset_token, verify_as};

#[tokio::test]
async fn nothing_that_a_stranger_set_up_outlives_the_reset_by_the_owner() {
    let driftwood = TestServer::start().await;
    let squatted = Squatted::by_stranger(&driftwood).await;
    let script = driftwood.script(&squatted.key, SECRET).await;
    let owner = owner_resets(&driftwood, &squatted.stranger.email).await;
    assert_eq!(owner.user_id, squatted.stranger.user_id, "the owner has the account");
    squatted.assert_worthless(&driftwood).await;
    assert!(!driftwood.is_signed_in(&script).await);
    driftwood.refresh_key(&script.refresh_token).await.refused_resource(401, "invalid_refresh_token");
    assert_eq!(events(&driftwood, "user.authenticators_ended").await, ["succeeded"]);
}

#[tokio::test]
async fn the_owner_sees_the_strangers_app_and_decides_about_it() {
    let driftwood = TestServer::start().await;
    let stranger = driftwood.alice().await;
    let good = driftwood.program(&stranger, json!({"name": "Nightly Job"})).await;
    let bad = driftwood.program(&stranger, json!({"name": "Spyglass"})).await;
    let owner = owner_resets(&driftwood, &stranger.email).await;
    let shown = apps(&driftwood, &owner).await;
    assert!(shown.len() == 2 && shown.iter().all(|app| app["disabled_at"].is_string()), "{shown:?}");
    let visitor = crate::keys::browser(&driftwood, &stranger.email, NEW).await;
    let page = visitor.get("/account").await;
    assert!(page.text.contains("Apps to keep or delete") && page.shows("Nightly Job") && page.shows("Spyglass"));
    press(&visitor, &page, "keep-app", "Keep: Nightly Job").await;
    press(&visitor, &page, "delete-app", "Delete: Spyglass").await;
    assert!(token_of(&driftwood, &good).await.is_some());
    assert_eq!(token_of(&driftwood, &bad).await, None);
    assert!(!visitor.get("/account").await.text.contains("Apps to keep or delete"));
    let shown = apps(&driftwood, &owner).await;
    assert!(shown.len() == 1 && shown[0]["disabled_at"].is_null(), "{shown:?}");
    // An app that the owner creates works at once.
    let new = driftwood.program(&owner, json!({"name": "New"})).await;
    assert!(token_of(&driftwood, &new).await.is_some());
}

#[tokio::test]
async fn a_kept_app_can_be_kept_by_the_management_api_too() {
    let driftwood = TestServer::start().await;
    let stranger = driftwood.alice().await;
    let app = driftwood.program(&stranger, json!({"name": "Nightly Job"})).await;
    let owner = owner_resets(&driftwood, &stranger.email).await;
    let command = json!({"command": "enable"});
    let path = format!("/api/v1/apps/{}/commands", app.id);
    let enabled = driftwood.post_json(&path, &owner.access_token, command).await;
    assert_eq!((enabled.status, enabled.json()["disabled_at"].is_null()), (200, true));
    assert!(token_of(&driftwood, &app).await.is_some());
}

#[tokio::test]
async fn a_reset_of_a_verified_address_ends_keys_and_leaves_the_apps() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let link = last_token(&driftwood, &alice.email, crate::recovery::VERIFY);
    verify_as(&driftwood, &alice, &link).await.result();
    let key = driftwood.key_of(&alice, "Backup").await;
    let app = driftwood.program(&alice, json!({"name": "Nightly Job"})).await;
    let again = owner_resets(&driftwood, &alice.email).await;
    driftwood.authenticate(&key, SECRET).await.refused_resource(401, "invalid_credentials");
    assert!(token_of(&driftwood, &app).await.is_some(), "production does not stop because a password was forgotten");
    let visitor = crate::keys::browser(&driftwood, &alice.email, NEW).await;
    assert!(visitor.get("/account").await.text.contains("no longer works"));
    // A key of the new generation works.
    let new = driftwood.key_of(&again, "Backup").await;
    driftwood.script(&new, SECRET).await;
}

#[tokio::test]
async fn a_consent_from_before_the_reset_is_asked_for_again_and_its_tokens_stay_ended() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let offline = [("scope", "openid offline_access")];
    let before = client.exchange(&driftwood, visitor.approve(&client, &offline).await.code()).await.json();
    let code = visitor.approve(&client, &offline).await.code().to_owned();
    reset(&driftwood, &reset_token(&driftwood, &email).await, NEW).await.result();
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    client.refresh(&driftwood, before["refresh_token"].as_str().unwrap()).await.refused_oauth(400, "invalid_grant");
    let owner = crate::keys::browser(&driftwood, &email, NEW).await;
    assert!(!owner.get("/account").await.shows("Photo Album"), "it is not connected");
    let page = owner.authorize(&client, &offline).await;
    assert_eq!(page.heading(), "Photo Album wants to access your account");
    let answer = client.answer(&owner.allow(&page).await);
    assert_eq!(client.exchange(&driftwood, answer.code()).await.status, 200);
    client.refresh(&driftwood, before["refresh_token"].as_str().unwrap()).await.refused_oauth(400, "invalid_grant");
    // From now on the consent is remembered again.
    client.answer(&owner.authorize(&client, &offline).await).code();
}

#[tokio::test]
async fn a_reset_at_the_same_moment_as_a_new_key_leaves_no_key_that_works() {
    let driftwood = TestServer::start().await;
    for _ in 0..8 {
        let stranger = driftwood.alice().await;
        let token = reset_token(&driftwood, &stranger.email).await;
        let body = json!({"user_secret": SECRET});
        let (added, done) = futures_util::future::join(
            driftwood.post_json("/register", &stranger.access_token, body),
            reset(&driftwood, &token, NEW),
        )
        .await;
        done.result();
        if added.status == 200 {
            let key = added.json()["user_key"].as_str().unwrap().to_owned();
            driftwood.authenticate(&key, SECRET).await.refused_resource(401, "invalid_credentials");
        }
        driftwood.login(&stranger.email, PASSWORD).await.refused(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn of_two_links_at_once_one_counts_and_the_generation_rises_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for _ in 0..2 {
        forgot(&driftwood, &alice.email).await.result();
    }
    let links = crate::recovery::tokens(&driftwood, &alice.email, RESET);
    let all = links.iter().map(|token| reset(&driftwood, token, NEW));
    let done = futures_util::future::join_all(all).await.into_iter().filter(|reply| reply.status == 200).count();
    assert_eq!(done, 1);
    assert_eq!(events(&driftwood, "user.authenticators_ended").await, ["succeeded"]);
}
