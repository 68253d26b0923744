//! A user exports their data, deletes their account, and keeps it.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Stage};

const EMAIL: &str = "maria.magdalena.hohenstein@example.com";

#[tokio::test]
async fn on_a_light_desktop() {
    deletes_their_account(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    deletes_their_account(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    deletes_their_account(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    deletes_their_account(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    deletes_their_account(SMALL_PHONE).await;
}

async fn deletes_their_account(look: Look) {
    let stage = Stage::set(look).await;
    stage.registers("Maria Magdalena Hohenstein", EMAIL).await;
    downloads_the_data(&stage).await;
    deletes_the_account(&stage).await;
    keeps_the_account(&stage).await;
    reads_of_a_link_that_was_used(&stage).await;
    stage.end().await;
}

async fn downloads_the_data(stage: &Stage) {
    let Stage { browser, .. } = stage;
    let folder = tempfile::tempdir().expect("a folder");
    browser.download_to(folder.path()).await;
    browser.press_and_stay("Download your data").await;
    let data = downloaded(&folder.path().join("account.json")).await;
    assert_eq!(data["export"]["user"]["email"], EMAIL);
    assert_eq!(browser.text("h1").await, "Your account", "the page stays");
}

/// The file, once it is complete.
async fn downloaded(path: &Path) -> Value {
    for _ in 0..300 {
        if let Some(value) = std::fs::read_to_string(path).ok().and_then(|text| text.parse().ok()) {
            return value;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing was downloaded to {}", path.display());
}

async fn deletes_the_account(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.press("Delete your account").await;
    browser.sees("Delete your account").await;
    assert_eq!(browser.text(".lead strong").await, EMAIL);
    browser.picture("delete").await;
    browser.press("Keep my account").await;
    browser.sees("Your account").await;
    browser.press("Delete your account").await;

    browser.sees("Delete your account").await;
    browser.fill("password", "not my password").await;
    browser.press("Delete my account").await;
    browser.says("password-mistake", "This is not your password.").await;
    assert_eq!(browser.focus().await, "password");
    assert!(browser.title().await.starts_with("Error: "), "a screen reader reads it first");
    browser.picture("delete-mistake").await;

    browser.fill("password", PASSWORD).await;
    browser.press("Delete my account").await;
    browser.sees("Your account was deleted").await;
    browser.picture("delete-done").await;
    assert_eq!(stage.subjects().await[0], "Your account at Driftwood was deleted");
}

async fn keeps_the_account(stage: &Stage) {
    let Stage { browser, .. } = stage;
    signs_in(stage).await;
    browser.sees("Keep your account?").await;
    assert_eq!(browser.text(".lead strong").await, EMAIL);
    browser.picture("restore").await;
    browser.press("Keep my account").await;
    browser.sees("You keep your account").await;
    browser.picture("restore-done").await;
    signs_in(stage).await;
    browser.sees("Your account").await;
}

async fn signs_in(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.sees("Sign in").await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
}

async fn reads_of_a_link_that_was_used(stage: &Stage) {
    let Stage { browser, .. } = stage;
    stage.follows_mail("Your account at Driftwood was deleted").await;
    browser.sees("This link does not work any more").await;
    browser.picture("restore-used").await;
}
