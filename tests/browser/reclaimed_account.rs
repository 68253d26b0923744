//! The owner of an e-mail address resets the password of an account that others registered with it, and decides what stays.

use crate::harness::{
    DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, LONG_NAME, Look, PASSWORD, SMALL_PHONE, Stage,
};

const EMAIL: &str = "maria.magdalena.hohenstein@example.com";
const NEW_PASSWORD: &str = "seven grey herons by the weir";
const RESET: &str = "Choose a new password for Driftwood";

#[tokio::test]
async fn on_a_light_desktop() {
    reclaims(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    reclaims(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    reclaims(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    reclaims(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    reclaims(SMALL_PHONE).await;
}

async fn reclaims(look: Look) {
    let stage = Stage::set(look).await;
    others_set_the_account_up(&stage).await;
    resets_the_password(&stage).await;
    finds_what_was_set_up(&stage).await;
    keeps_and_deletes_apps(&stage).await;
    revokes_the_key(&stage).await;
    stage.end().await;
}

async fn others_set_the_account_up(stage: &Stage) {
    let Stage { api, loopback, .. } = stage;
    let token = api.registers("Maria Magdalena Hohenstein", EMAIL).await;
    api.additional_key(&token, "Backup of everything that is in the cellar").await;
    api.app(&token, "Nightly Job", loopback).await;
    api.app(&token, LONG_NAME, loopback).await;
}

async fn resets_the_password(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account/forgot-password")).await;
    browser.fill("email", EMAIL).await;
    browser.press("Mail me a link").await;
    browser.sees("Check your mail").await;
    stage.follows_mail(RESET).await;
    browser.sees("Choose a new password").await;
    browser.fill("password", NEW_PASSWORD).await;
    browser.press("Change my password").await;
    browser.sees("Your password was changed").await;
    browser.press("Sign in").await;
    browser.sees("Sign in").await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.notices("[role=alert]").await;
    browser.fill("password", NEW_PASSWORD).await;
    browser.press("Sign in").await;
    browser.sees("Your account").await;
}

async fn finds_what_was_set_up(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.notices("[aria-label='Keep: Nightly Job']").await;
    browser.notices("[aria-label='Delete: Nightly Job']").await;
    assert_eq!(browser.texts(".tag").await, ["no longer works", "this browser"], "the key, and the session");
    browser.picture("account-reclaimed").await;
}

async fn keeps_and_deletes_apps(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.follow("[aria-label='Keep: Nightly Job']").await;
    browser.disappears("//*[normalize-space()=\"Nightly Job\"]").await;
    browser.sees("Your account").await;
    browser.press("Delete").await;
    browser.disappears("//h2[normalize-space()=\"Apps to keep or delete\"]").await;
    browser.sees("Your account").await;
    let token = stage.api.sign_in_with(EMAIL, NEW_PASSWORD).await;
    assert_eq!(stage.api.working_apps(&token).await, ["Nightly Job"]);
}

async fn revokes_the_key(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.follow("[aria-label='Change: Backup of everything that is in the cellar']").await;
    browser.sees("Your user key").await;
    assert!(browser.text(".lead").await.ends_with("It no longer works."));
    browser.picture("user-key-ended").await;
    browser.press("Revoke this key").await;
    browser.sees("The key was revoked").await;
}
