//! A user connects an app on a device without a browser, with their own browser.

use shared::domain::authorization::device::UserCode;

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Shown, Stage};

const EMAIL: &str = "maria.magdalena.hohenstein@example.com";
/// A code that no device shows: the odds are one in 25 billion.
const UNKNOWN_CODE: &str = "WDJB-MJHT";

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
    denies_an_unowned_client(&stage).await;
    disconnects_the_tv(&stage).await;
    guesses_codes_until_the_limit(&stage).await;
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
    has_a_mistake(stage, UserCode::FORM).await;
    browser.picture("device-incomplete").await;

    browser.fill("user_code", UNKNOWN_CODE).await;
    browser.press("Continue").await;
    let mistake =
        "This code is wrong, used or expired. Compare it with the code on your device, or get a new one there.";
    has_a_mistake(stage, mistake).await;
    assert_eq!(browser.attribute("#user_code", "value").await.as_deref(), Some(UNKNOWN_CODE));
    browser.picture("device-mistake").await;
    shown
}

/// The field with the mistake has the focus, and screen readers read the mistake with the field.
async fn has_a_mistake(stage: &Stage, mistake: &str) {
    let Stage { browser, .. } = stage;
    browser.says("user_code-mistake", mistake).await;
    assert_eq!(browser.focus().await, "user_code");
    assert_eq!(browser.attribute("#user_code", "aria-invalid").await.as_deref(), Some("true"));
    let described = browser.attribute("#user_code", "aria-describedby").await;
    assert_eq!(described.as_deref(), Some("user_code-mistake"));
    assert!(browser.title().await.starts_with("Error: "), "a screen reader reads it first");
}

async fn registers_and_connects_the_tv(stage: &Stage, shown: &Shown) {
    let Stage { browser, api, tv, .. } = stage;
    browser.fill("user_code", &shown.hastily_typed_code()).await;
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

/// The page warns the user that an attacker could have sent them the code, and shows the code.
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

    browser.press("The codes match").await;
    // The user is signed in, but the consent to a device is asked for each time.
    browser.sees("Living Room TV wants to access your account").await;
    warns_of_the_other_device(stage, &shown).await;
    browser.press("Allow").await;
    browser.sees("Your device is connected").await;
    assert!(api.poll(tv, &shown).await.is_ok());
}

async fn denies_an_unowned_client(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    let unowned = api.unowned_device("Hotel TV, Room 217").await;
    let shown = api.show_code(&unowned).await;
    browser.go(&shown.complete).await;
    browser.press("The codes match").await;
    browser.sees("Hotel TV, Room 217 wants to access your account").await;
    assert!(browser.text(".warning").await.starts_with("This app is not verified."));
    warns_of_the_other_device(stage, &shown).await;
    browser.picture("device-consent-unowned").await;

    browser.press("Deny").await;
    browser.sees("Nothing was connected").await;
    browser.picture("device-denied").await;
    assert_eq!(api.poll(&unowned, &shown).await, Err("access_denied".to_owned()));
}

async fn disconnects_the_tv(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    assert_eq!(browser.texts(".row .title").await, ["Living Room TV", "Chrome on Linux this browser"]);
    browser.press("Disconnect").await;
    browser.disappears("//*[normalize-space()=\"Living Room TV\"]").await;
}

async fn guesses_codes_until_the_limit(stage: &Stage) {
    let Stage { browser, .. } = stage;
    for tries in 0.. {
        assert!(tries < 25, "guesses are not limited");
        browser.go(&stage.at(&format!("/device?user_code={UNKNOWN_CODE}"))).await;
        browser.press("The codes match").await;
        browser.notices("#user_code-mistake, [role=alert]").await;
        if let [notice] = browser.texts("[role=alert]").await.as_slice() {
            assert_eq!(notice, "Too many codes were tried from your network. Wait a few minutes, then try again.");
            break;
        }
    }
    browser.picture("device-too-often").await;
}
