//! A user gets a mail about something that was added to their account, and says that it was not them.

use serde_json::json;

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Stage};

const EMAIL: &str = "maria.magdalena.hohenstein.of.the.hills@photographs.example.net";
const OTHER: &str = "otto.other.who.collects.accounts@photographs.example.org";

#[tokio::test]
async fn on_a_light_desktop() {
    ends_it(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    ends_it(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    ends_it(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    ends_it(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    ends_it(SMALL_PHONE).await;
}

async fn ends_it(look: Look) {
    let stage = Stage::set(look).await;
    others_use_the_account(&stage).await;
    reads_what_was_added(&stage).await;
    gets_the_address_back(&stage).await;
    stage.end().await;
}

async fn others_use_the_account(stage: &Stage) {
    let Stage { api, loopback, .. } = stage;
    let token = api.registers("Maria Magdalena Hohenstein", EMAIL).await;
    api.post("auth-verify-email", &token, json!({"token": api.newest_link_token().await})).await;
    let token = api.sign_in(EMAIL).await;
    api.additional_key(&token, "Backup of everything that is in the cellar").await;
    api.app(&token, "Spyglass", loopback).await;
    api.post("auth-change-email", &token, json!({"new_email": OTHER, "password": PASSWORD})).await;
    api.post("auth-change-email", &token, json!({"token": api.newest_link_token().await})).await;
}

async fn reads_what_was_added(stage: &Stage) {
    let Stage { browser, .. } = stage;
    for (subject, picture) in [
        ("A key was added to your account at Driftwood", "not-me-key"),
        ("An app was created in your account at Driftwood", "not-me-app"),
    ] {
        stage.opens_mail(subject).await;
        browser.picture(&format!("{picture}-mail")).await;
        browser.follow(".text a").await;
        browser.sees("Was this not you?").await;
        browser.picture(picture).await;
    }
}

async fn gets_the_address_back(stage: &Stage) {
    let Stage { browser, .. } = stage;
    let link = stage.link_in_mail("Your e-mail address at Driftwood was changed").await;
    browser.go(&link).await;
    browser.sees("Was this not you?").await;
    browser.picture("not-me-email").await;
    browser.press("This was not me").await;
    browser.sees("Your account is safe").await;
    browser.picture("not-me-done").await;
    browser.press("Choose a new password").await;
    browser.sees("Forgot your password?").await;
    browser.fill("email", EMAIL).await;
    browser.press("Mail me a link").await;
    browser.sees("Check your mail").await;
    stage.follows_mail("Choose a new password for Driftwood").await;
    browser.sees("Choose a new password").await;
    assert_eq!(browser.text(".lead strong").await, EMAIL, "it is the user's again");

    browser.go(&link).await;
    browser.sees("This link does not work any more").await;
    browser.picture("not-me-used").await;
}
