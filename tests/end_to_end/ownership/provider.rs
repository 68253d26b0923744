//! Another provider, and an address that was never verified here.

use serde_json::json;

use super::Squatted;
use crate::harness::{Forged, PASSWORD, Visitor};
use crate::keys::SECRET;
use crate::recovery::{NEW, reset, reset_token};

/// A user signs in with the provider, which says this about their address.
async fn come(forged: &Forged, visitor: &Visitor<'_>, subject: &str, email: &str, is_verified: bool) -> String {
    let asked = forged.leave_anew(visitor).await;
    let mut claims = forged.claims(&asked, subject);
    claims["email"] = json!(email);
    claims["email_verified"] = json!(is_verified);
    forged.vouch(&claims);
    visitor.follow(forged.come_back(visitor, &asked).await).await.heading()
}

#[tokio::test]
async fn an_address_that_the_provider_verified_is_taken_from_a_stranger_with_everything_that_they_set_up() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let squatted = Squatted::by_stranger(driftwood).await;
    let owner = driftwood.visitor();
    assert_eq!(come(&forged, &owner, "ada", &squatted.stranger.email, true).await, "One moment");
    let account = owner.get("/account").await;
    assert!(account.heading() == "Your account" && account.shows(&squatted.stranger.email));
    assert!(account.text.contains("Apps to keep or delete") && !account.text.contains("is not confirmed yet"));
    squatted.assert_worthless(driftwood).await;
    // From then on the provider is enough.
    let again = driftwood.visitor();
    assert_eq!(forged.sign_in(&again, "ada").await.heading(), "Your account");
}

#[tokio::test]
async fn an_address_that_the_provider_did_not_verify_proves_nothing() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    assert_eq!(come(&forged, &visitor, "ada", &alice.email, false).await, "Is this your account?");
    driftwood.login(&alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn a_verified_address_is_taken_by_no_provider() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let key = driftwood.key_of(&alice, "Backup").await;
    let visitor = driftwood.visitor();
    assert_eq!(come(&forged, &visitor, "ada", &alice.email, true).await, "Is this your account?");
    driftwood.script(&key, SECRET).await;
}

#[tokio::test]
async fn an_identity_of_a_stranger_is_gone_after_the_owners_reset_and_becomes_a_user_of_its_own() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let stranger = driftwood.visitor();
    let email = "owner@example.com";
    come(&forged, &stranger, "mallory", email, false).await;
    assert!(stranger.get("/account").await.shows(email));
    reset(driftwood, &reset_token(driftwood, email).await, NEW).await.result();
    let owner = crate::keys::browser(driftwood, email, NEW).await;
    assert!(!owner.get("/account").await.text.contains("Other ways to sign in"));
    assert_ne!(stranger.get("/account").await.status, 200, "the session ended");
    let again = driftwood.visitor();
    assert_eq!(come(&forged, &again, "mallory", "mallory@example.com", true).await, "One moment");
    let account = again.get("/account").await;
    assert!(account.shows("mallory@example.com") && !account.shows(email));
}
