//! A user manages the keys of their scripts.

use crate::harness::{DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Stage};

const NAME: &str = "nightly-job";

#[tokio::test]
async fn on_a_light_desktop() {
    manages_keys(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    manages_keys(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    manages_keys(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    manages_keys(SMALL_PHONE).await;
}

async fn manages_keys(look: Look) {
    let stage = Stage::set(look).await;
    let key = stage.api.new_user_key(NAME).await;
    signs_in_with_a_name(&stage).await;
    names_a_key(&stage, &key).await;
    revokes_a_key(&stage, &key).await;
    stage.end().await;
}

async fn signs_in_with_a_name(stage: &Stage) {
    let browser = &stage.browser;
    browser.go(&stage.at("/account")).await;
    browser.sees("Sign in").await;
    assert_eq!(browser.focus().await, "email");
    browser.fill("email", NAME).await;
    browser.fill("password", "not my password").await;
    browser.press("Sign in").await;
    browser.notices("[role=alert]").await;
    assert_eq!(browser.text("[role=alert]").await, "The name or the password is wrong.");
    browser.picture("sign-in-with-a-name").await;

    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.sees("Your account").await;
}

async fn names_a_key(stage: &Stage, key: &str) {
    let browser = &stage.browser;
    let token = stage.api.script_token(key).await;
    stage.api.additional_key(&token, "Backup of everything that is in the cellar").await;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    assert!(browser.text("body").await.contains(key));
    browser.picture("user-keys").await;

    browser.follow("[aria-label='Change: User key']").await;
    browser.sees("Your user key").await;
    assert_eq!(browser.focus().await, "name");
    browser.picture("user-key").await;

    browser.fill("name", " ").await;
    browser.press("Save").await;
    browser.says("name-mistake", "The name must not be empty.").await;
    assert!(browser.title().await.starts_with("Error: "), "a screen reader reads it first");
    browser.picture("user-key-mistake").await;

    browser.fill("name", "Nightly job").await;
    browser.press("Save").await;
    browser.sees("Your account").await;
    browser.notices("[aria-label='Change: Nightly job']").await;
}

async fn revokes_a_key(stage: &Stage, key: &str) {
    let browser = &stage.browser;
    browser.follow("[aria-label='Change: Nightly job']").await;
    browser.sees("Your user key").await;
    browser.press("Revoke this key").await;
    browser.sees("The key was revoked").await;
    browser.picture("user-key-revoked").await;
    browser.press("Go to your account").await;
    browser.sees("Your account").await;
    assert!(!browser.text("body").await.contains(key));
}
