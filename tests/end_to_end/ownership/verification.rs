//! The first verification of an address.

use serde_json::json;

use super::{Squatted, apps, token_of};
use crate::harness::{PASSWORD, TestServer};
use crate::keys::SECRET;
use crate::recovery::{VERIFY, ask_to_verify, events, last_token, verify, verify_as};

#[tokio::test]
async fn a_user_who_verifies_their_own_account_loses_nothing() {
    let driftwood = TestServer::start().await;
    let mine = Squatted::by_stranger(&driftwood).await;
    verify_as(&driftwood, &mine.stranger, &last_token(&driftwood, &mine.stranger.email, VERIFY)).await.result();
    assert!(driftwood.is_alive(&mine.stranger.access_token).await && driftwood.is_alive(&mine.app_token).await);
    driftwood.script(&mine.key, SECRET).await;
    assert_eq!(apps(&driftwood, &mine.stranger).await[0]["disabled_at"], json!(null));
    assert!(events(&driftwood, "user.authenticators_ended").await.is_empty());
}

#[tokio::test]
async fn a_verification_by_the_mail_alone_ends_everything_that_was_set_up_before() {
    let driftwood = TestServer::start().await;
    let squatted = Squatted::by_stranger(&driftwood).await;
    let email = &squatted.stranger.email;
    verify(&driftwood, &last_token(&driftwood, email, VERIFY)).await.result();
    squatted.assert_worthless(&driftwood).await;
    let owner = super::owner_resets(&driftwood, email).await;
    assert!(apps(&driftwood, &owner).await[0]["disabled_at"].is_string());
    assert_eq!(token_of(&driftwood, &squatted.app).await, None);
}

#[tokio::test]
async fn another_users_access_token_proves_nothing_about_this_account() {
    let driftwood = TestServer::start().await;
    let squatted = Squatted::by_stranger(&driftwood).await;
    let other = driftwood.alice().await;
    verify_as(&driftwood, &other, &last_token(&driftwood, &squatted.stranger.email, VERIFY)).await.result();
    squatted.assert_worthless(&driftwood).await;
    assert!(driftwood.is_alive(&other.access_token).await);
}

#[tokio::test]
async fn the_owner_of_an_address_who_did_not_register_frees_it() {
    let driftwood = TestServer::start().await;
    let stranger = driftwood.alice().await;
    let (visitor, email) = (driftwood.visitor(), &stranger.email);
    let link = driftwood.last_mail_to(email).link();
    let done = visitor.submit(&visitor.get(&link).await, &[("action", "disown")]).await;
    assert_eq!(done.heading(), "Your address is free");
    driftwood.login(email, PASSWORD).await.refused(401, "invalid_credentials");
    let body = json!({"email": email, "password": PASSWORD, "name": "Olivia Owner"});
    let owner = driftwood.post("auth-register", body).await.result();
    assert_ne!(owner["user"]["id"], stranger.user_id.as_str());
    // The account stays with the user who registered it, without the address.
    let kept = driftwood.post_as(&stranger.access_token, "users-export", json!({})).await.result();
    assert_eq!(kept["export"]["user"]["email"], json!(null));
    ask_to_verify(&driftwood, &stranger).await.refused(409, "conflict");
    visitor.get(&link).await.refused_page(400, "This link does not work any more");
    assert_eq!(events(&driftwood, "email.disowned").await, ["succeeded"]);
}

#[tokio::test]
async fn a_verified_address_cannot_be_disowned_by_an_old_link() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let link = driftwood.last_mail_to(&alice.email).link();
    let visitor = driftwood.visitor();
    let page = visitor.get(&link).await;
    verify_as(&driftwood, &alice, &last_token(&driftwood, &alice.email, VERIFY)).await.result();
    assert_eq!(visitor.submit(&page, &[("action", "disown")]).await.heading(), "Your address is confirmed");
    driftwood.login(&alice.email, PASSWORD).await.result();
}
