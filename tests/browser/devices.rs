//! An app on a device without a browser, whose user has theirs at hand.

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Shown, Stage};

const EMAIL: &str = "maria.magdalena.hohenstein@example.com";
/// A code that no device shows: the odds are one in 25 milliards.
const STRANGE_CODE: &str = "WDJB-MJHT";

#[tokio::test]
async fn on_a_light_phone() {
    evening(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    evening(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    evening(SMALL_PHONE).await;
}

#[tokio::test]
async fn on_a_light_desktop() {
    evening(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    evening(DARK_DESKTOP).await;
}

async fn evening(look: Look) {
    let stage = Stage::set(look).await;
    let shown = mistypes_the_code(&stage).await;
    registers_and_connects_the_tv(&stage, &shown).await;
    finds_the_code_used(&stage, &shown).await;
    scans_the_code_of_another_evening(&stage).await;
    turns_a_stranger_down(&stage).await;
    disconnects_the_tv(&stage).await;
    guesses_until_nothing_is_heard_any_more(&stage).await;
    stage.end().await;
}

async fn mistypes_the_code(stage: &Stage) -> Shown {
    let Stage { browser, api, tv, .. } = stage;
    let shown = api.show_code(tv).await;
    assert_eq!(api.poll(tv, &shown).await, Err("authorization_pending".to_owned()));

    browser.go(&shown.page).await;
    browser.sees("Connect a device").await;
    assert_eq!(browser.text(".lead").await, "Type the code that your device shows.");
    assert_eq!(browser.focus().await, "user_code");
    browser.picture("device").await;

    browser.fill("user_code", "wdjb-mjh1").await;
    browser.press("Continue").await;
    has_a_mistake(stage, "A code has eight letters, as in WDJB\u{2011}MJHT.").await;
    browser.picture("device-incomplete").await;

    browser.fill("user_code", STRANGE_CODE).await;
    browser.press("Continue").await;
    let mistake =
        "This code is wrong, used or too old. Compare it with the one on your device, or get a new one there.";
    has_a_mistake(stage, mistake).await;
    assert_eq!(browser.attribute("#user_code", "value").await.as_deref(), Some(STRANGE_CODE));
    browser.picture("device-mistake").await;
    shown
}

/// The mistake is where typing goes on, and screen readers read it with the field.
async fn has_a_mistake(stage: &Stage, mistake: &str) {
    let Stage { browser, .. } = stage;
    browser.says("user_code-mistake", mistake).await;
    assert_eq!(browser.focus().await, "user_code");
    assert_eq!(browser.attribute("#user_code", "aria-invalid").await.as_deref(), Some("true"));
    let described = browser.attribute("#user_code", "aria-describedby").await;
    assert_eq!(described.as_deref(), Some("user_code-mistake"));
    assert!(browser.title().await.starts_with("Error: "), "it is read out first");
}

async fn registers_and_connects_the_tv(stage: &Stage, shown: &Shown) {
    let Stage { browser, api, tv, .. } = stage;
    browser.fill("user_code", &shown.hurried_code()).await;
    browser.press("Continue").await;
    browser.sees("Sign in").await;
    assert_eq!(browser.text(".lead").await, "to continue to Living Room TV");

    browser.press("Create an account").await;
    browser.sees("Create your account").await;
    browser.fill("name", "Maria Magdalena Hohenstein").await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Create account").await;

    browser.sees("Living Room TV wants to access your account").await;
    warns_of_the_other_device(stage, shown).await;
    assert_eq!(browser.text(".user strong").await, EMAIL);
    let scopes = ["Know who you are", "See your name", "Read your account’s contacts"];
    assert_eq!(browser.texts(".scopes li").await, scopes);
    browser.picture("device-consent").await;

    browser.press("Allow").await;
    browser.sees("Your device is connected").await;
    assert_eq!(browser.text(".lead strong").await, "Living Room TV");
    browser.picture("device-connected").await;
    let tokens = api.poll(tv, shown).await.expect("tokens");
    assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_string());
}

/// The user learns that somebody else could have sent them the code, and which code it is.
async fn warns_of_the_other_device(stage: &Stage, shown: &Shown) {
    let Stage { browser, .. } = stage;
    assert_eq!(browser.text(".lead strong").await, "another device");
    assert_eq!(browser.text(".lead + .code").await, shown.user_code, "it follows the sentence about it");
}

async fn finds_the_code_used(stage: &Stage, shown: &Shown) {
    let Stage { browser, .. } = stage;
    browser.go(&shown.page).await;
    browser.fill("user_code", &shown.user_code).await;
    browser.press("Continue").await;
    browser.notices("#user_code-mistake").await;
}

async fn scans_the_code_of_another_evening(stage: &Stage) {
    let Stage { browser, api, tv, .. } = stage;
    let shown = api.show_code(tv).await;
    browser.go(&shown.complete).await;
    browser.sees("Connect a device").await;
    assert!(browser.text(".lead").await.starts_with("Is this the code that your device shows?"));
    assert_eq!(browser.attribute("#user_code", "value").await, Some(shown.user_code.clone()));
    assert_ne!(browser.focus().await, "user_code", "no keyboard covers the code");
    browser.picture("device-complete").await;

    browser.press("It is the same").await;
    // Signed in as they are; but what another device asks for, they are asked each time.
    browser.sees("Living Room TV wants to access your account").await;
    warns_of_the_other_device(stage, &shown).await;
    browser.press("Allow").await;
    browser.sees("Your device is connected").await;
    assert!(api.poll(tv, &shown).await.is_ok());
}

async fn turns_a_stranger_down(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    let stranger = api.introduced_device("Hotel TV, Room 217").await;
    let shown = api.show_code(&stranger).await;
    browser.go(&shown.complete).await;
    browser.press("It is the same").await;
    browser.sees("Hotel TV, Room 217 wants to access your account").await;
    assert!(browser.text(".warning").await.starts_with("Nobody has checked who makes this app."));
    warns_of_the_other_device(stage, &shown).await;
    browser.picture("device-consent-stranger").await;

    browser.press("Deny").await;
    browser.sees("Nothing was connected").await;
    browser.picture("device-denied").await;
    assert_eq!(api.poll(&stranger, &shown).await, Err("access_denied".to_owned()));
}

async fn disconnects_the_tv(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    assert_eq!(browser.texts(".row .title").await, ["Living Room TV", "Chrome on Linux this browser"]);
    browser.press("Disconnect").await;
    browser.disappears("//*[normalize-space()=\"Living Room TV\"]").await;
}

async fn guesses_until_nothing_is_heard_any_more(stage: &Stage) {
    let Stage { browser, .. } = stage;
    for tries in 0.. {
        assert!(tries < 25, "guesses are endless");
        browser.go(&stage.at(&format!("/device?user_code={STRANGE_CODE}"))).await;
        browser.press("It is the same").await;
        browser.notices("#user_code-mistake, [role=alert]").await;
        if let [notice] = browser.texts("[role=alert]").await.as_slice() {
            assert_eq!(notice, "Too many codes were tried from your network. Wait a few minutes, then try again.");
            break;
        }
    }
    browser.picture("device-too-often").await;
}
