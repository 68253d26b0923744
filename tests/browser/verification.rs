//! The owner of an e-mail address decides about an account that was registered with it, in a browser that is not signed in.

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Stage};

const NAME: &str = "Maria Magdalena Hohenstein of the Hills and the Valleys beyond the River";
const EMAIL: &str = "maria.magdalena.hohenstein.of.the.hills@photographs.example.net";
const VERIFY: &str = "Confirm your e-mail address for Driftwood";

#[tokio::test]
async fn on_a_light_desktop() {
    decides(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    decides(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    decides(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    decides(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    decides(SMALL_PHONE).await;
}

async fn decides(look: Look) {
    let stage = Stage::set(look).await;
    confirms_with_the_password(&stage).await;
    did_not_register(&stage).await;
    stage.end().await;
}

async fn confirms_with_the_password(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    api.registers(NAME, EMAIL).await;
    stage.follows_mail(VERIFY).await;
    browser.sees("Confirm your e-mail address").await;
    assert_eq!(browser.text(".lead strong").await, EMAIL);
    assert_eq!(browser.texts(".user strong").await, [NAME]);
    assert!(browser.text(".user .quiet").await.ends_with(" from 127.0.0.1"));
    assert_eq!(browser.focus().await, "password");
    assert_eq!(browser.attribute("[autocomplete=username]", "value").await.as_deref(), Some(EMAIL));
    browser.picture("verify-email-signed-out").await;

    browser.fill("password", "not my password").await;
    browser.press("Confirm my address").await;
    browser.says("password-mistake", "This is not your password.").await;
    assert_eq!(browser.focus().await, "password");
    assert!(browser.title().await.starts_with("Error: "), "a screen reader reads it first");
    browser.picture("verify-email-mistake").await;

    browser.fill("password", PASSWORD).await;
    browser.press("Confirm my address").await;
    browser.sees("Your address is confirmed").await;
    browser.press("Go to your account").await;
    browser.sees("Sign in").await;
}

async fn did_not_register(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    let email = "olivia.owner.of.the.hills@photographs.example.net";
    api.registers("Otto Other", email).await;
    stage.follows_mail(VERIFY).await;
    browser.sees("Confirm your e-mail address").await;
    browser.press("I did not register").await;
    browser.sees("Your address is free").await;
    assert_eq!(browser.text(".lead strong").await, email);
    browser.picture("verify-email-disowned").await;
    browser.press("Sign in or register").await;
    browser.sees("Sign in").await;
    stage.registers("Olivia Owner", email).await;
}

#[tokio::test]
async fn an_app_waits_until_the_address_is_confirmed() {
    for look in [LIGHT_PHONE, DARK_DESKTOP] {
        let stage = Stage::with_required_verification(look).await;
        let Stage { browser, album, .. } = &stage;
        stage.registers("Maria Magdalena Hohenstein", EMAIL).await;
        stage.send(album, "early", &[]).await;
        browser.sees("Photo Album wants to access your account").await;
        browser.press("Allow").await;
        browser.sees("Please confirm your address").await;
        browser.picture("app-waits-for-address").await;
        browser.press("Go to your account").await;
        browser.sees("Your account").await;

        stage.follows_mail(VERIFY).await;
        browser.sees("Confirm your e-mail address").await;
        browser.press("Confirm my address").await;
        browser.sees("Your address is confirmed").await;
        stage.send(album, "confirmed", &[]).await;
        browser.sees("Photo Album wants to access your account").await;
        browser.press("Allow").await;
        assert!(stage.response_to("confirmed").await.contains_key("code"));
        stage.end().await;
    }
}
