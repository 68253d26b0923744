//! Somebody signs in by another provider.

use crate::harness::{
    DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, NEIGHBOUR, PASSWORD, SMALL_PHONE, Stage,
};

const KNOWN: &str = "maria.magdalena.hohenstein@example.com";

#[tokio::test]
async fn on_a_light_desktop() {
    signs_in_elsewhere(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    signs_in_elsewhere(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    signs_in_elsewhere(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    signs_in_elsewhere(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    signs_in_elsewhere(SMALL_PHONE).await;
}

async fn signs_in_elsewhere(look: Look) {
    let stage = Stage::beside_a_neighbour(look).await;
    comes_for_the_first_time(&stage).await;
    comes_again(&stage).await;
    proves_an_address(&stage).await;
    does_without(&stage).await;
    changes_their_mind(&stage).await;
    stage.end().await;
}

#[tokio::test]
async fn a_provider_that_is_away_is_a_page_with_a_way_back() {
    for look in [LIGHT_PHONE, DARK_DESKTOP] {
        let stage = Stage::beside_an_empty_house(look).await;
        let Stage { browser, album, .. } = &stage;
        stage.send(album, "away", &[]).await;
        browser.sees("Sign in").await;
        browser.press(&button()).await;
        browser.sees("Please try again in a moment").await;
        browser.picture("provider-away").await;
        browser.press("Try again").await;
        browser.sees("Sign in").await;
        assert_eq!(browser.text(".lead").await, "to continue to Photo Album");
        stage.end().await;
    }
}

fn button() -> String {
    format!("Continue with {NEIGHBOUR}")
}

async fn signs_in_there(stage: &Stage, email: &str) {
    let browser = &stage.browser;
    browser.sees("Sign in").await;
    browser.fill("email", email).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.sees("Driftwood wants to access your account").await;
    browser.press("Allow").await;
}

/// Forgets who somebody is to the neighbour.
async fn signs_out_there(stage: &Stage) {
    let browser = &stage.browser;
    browser.go(&stage.at_the_neighbours("/account")).await;
    browser.sees("Your account").await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
}

async fn comes_for_the_first_time(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    stage.neighbour().registers("Nora NewUser", "nora@example.com").await;
    stage.send(album, "first", &[]).await;
    browser.sees("Sign in").await;
    browser.picture("sign-in-with-provider").await;
    browser.press("Create an account").await;
    browser.sees("Create your account").await;
    browser.picture("register-with-provider").await;
    browser.press(&button()).await;
    signs_in_there(stage, "nora@example.com").await;
    browser.sees("Photo Album wants to access your account").await;
    browser.press("Allow").await;
    assert!(stage.response_target("first").await.contains_key("code"));
}

/// Everything is remembered here and asked for there: the browser follows from that form to the app.
async fn comes_again(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    browser.picture("account-by-provider").await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
    signs_out_there(stage).await;
    stage.send(album, "again", &[]).await;
    browser.sees("Sign in").await;
    browser.press(&button()).await;
    signs_in_there(stage, "nora@example.com").await;
    assert!(stage.response_target("again").await.contains_key("code"));
    browser.go(&stage.at("/account")).await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
    signs_out_there(stage).await;
}

async fn proves_an_address(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    stage.neighbour().registers("Maria Magdalena Hohenstein", KNOWN).await;
    stage.registers("Maria Magdalena Hohenstein", KNOWN).await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
    stage.send(album, "proof", &[]).await;
    browser.sees("Sign in").await;
    browser.press(&button()).await;
    signs_in_there(stage, KNOWN).await;
    browser.sees("Is this your account?").await;
    assert_eq!(browser.attribute("#email", "value").await.as_deref(), Some(KNOWN));
    assert_eq!(browser.focus().await, "password");
    browser.picture("prove-it-is-you").await;
    browser.fill("password", "a wrong guess").await;
    browser.press("Sign in").await;
    browser.notices("[role=alert]").await;
    browser.sees("Is this your account?").await;
    browser.picture("prove-it-is-you-mistake").await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.sees("Photo Album wants to access your account").await;
    browser.press("Allow").await;
    assert!(stage.response_target("proof").await.contains_key("code"));
}

async fn does_without(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    assert!(browser.texts(".title").await.contains(&NEIGHBOUR.to_owned()));
    browser.picture("account-with-provider").await;
    browser.press("Unlink").await;
    browser.disappears("//h2[normalize-space()=\"Other ways to sign in\"]").await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
}

async fn changes_their_mind(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    signs_out_there(stage).await;
    stage.neighbour().registers("Otto Other", "otto@example.com").await;
    stage.send(album, "never", &[]).await;
    browser.sees("Sign in").await;
    browser.press(&button()).await;
    browser.sees("Sign in").await;
    browser.fill("email", "otto@example.com").await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.sees("Driftwood wants to access your account").await;
    browser.press("Deny").await;
    browser.sees("You are not signed in").await;
    browser.picture("provider-cancelled").await;
    browser.press("Try again").await;
    browser.sees("Sign in").await;
    assert_eq!(browser.text(".lead").await, "to continue to Photo Album");
}
