//! The first day of a new user, from the app's first authorization request to the last sign-out.

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, LONG_NAME, Look, PASSWORD, Stage};

/// A common password, which the policy refuses.
const COMMON_PASSWORD: &str = "1q2w3e4r5t6y7u8i9o0p";
const EMAIL: &str = "maria.magdalena.hohenstein@example.com";

#[tokio::test]
async fn on_a_light_desktop() {
    first_day(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    first_day(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    first_day(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    first_day(DARK_PHONE).await;
}

async fn first_day(look: Look) {
    let stage = Stage::set(look).await;
    registers_and_consents(&stage).await;
    is_not_asked_again(&stage).await;
    denies_a_program(&stage).await;
    manages_the_account(&stage).await;
    is_asked_again_after_disconnecting(&stage).await;
    chooses_an_account(&stage).await;
    signs_out_and_in(&stage).await;
    follows_a_broken_link(&stage).await;
    stage.end().await;
}

async fn registers_and_consents(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    stage.send(album, "first", &[]).await;
    browser.sees("Sign in").await;
    assert_eq!(browser.text(".lead").await, "to continue to Photo Album");
    assert_eq!(browser.focus().await, "email");
    browser.picture("sign-in").await;

    browser.press("Create an account").await;
    browser.sees("Create your account").await;
    assert_eq!(browser.focus().await, "name");
    browser.picture("register").await;

    browser.fill("name", "Maria Magdalena Hohenstein").await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", COMMON_PASSWORD).await;
    browser.press("Create account").await;
    browser.notices("#password[aria-invalid=true]").await;
    // The field with the mistake has the focus, and screen readers read the mistake with the field.
    assert_eq!(browser.focus().await, "password");
    let described = browser.attribute("#password", "aria-describedby").await;
    assert_eq!(described.as_deref(), Some("password-mistake password-hint"));
    let mistake = "The password is too common; choose a less common password.";
    assert_eq!(browser.text("#password-mistake").await, mistake);
    assert_eq!(browser.attribute("#email", "value").await.as_deref(), Some(EMAIL));
    assert_eq!(browser.attribute("#password", "value").await.as_deref(), Some(""));
    browser.picture("register-mistake").await;

    browser.fill("password", PASSWORD).await;
    browser.press("Create account").await;
    browser.sees("Photo Album wants to access your account").await;
    assert_eq!(browser.text(".lead strong").await, "album.example");
    assert_eq!(browser.text(".user strong").await, EMAIL);
    let scopes = ["Know who you are", "See your name", "See your e-mail address", "Read your account’s contacts"];
    assert_eq!(browser.texts(".scopes li").await, scopes);
    browser.picture("consent").await;

    browser.press("Allow").await;
    let answer = stage.response_to("first").await;
    let tokens = stage.api.exchange(album, &answer["code"]).await;
    assert!(tokens["id_token"].is_string(), "the app gets the user's ID token");
}

async fn is_not_asked_again(stage: &Stage) {
    stage.send(&stage.album, "second", &[]).await;
    assert!(stage.response_to("second").await.contains_key("code"));
}

async fn denies_a_program(stage: &Stage) {
    let Stage { browser, program, .. } = stage;
    stage.send(program, "denied", &[]).await;
    browser.sees(&format!("{LONG_NAME} wants to access your account")).await;
    assert_eq!(browser.text(".lead strong").await, "a program on this device");
    browser.picture("consent-program").await;
    browser.press("Deny").await;
    let answer = stage.response_to("denied").await;
    assert_eq!(answer["error"], "access_denied");
    assert!(!answer.contains_key("code"));
}

async fn manages_the_account(stage: &Stage) {
    let Stage { browser, .. } = stage;
    stage.api.sign_in(EMAIL).await;
    stage.send(&stage.program, "allowed", &[]).await;
    browser.sees(&format!("{LONG_NAME} wants to access your account")).await;
    browser.press("Allow").await;
    stage.response_to("allowed").await;

    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    // The newest app is first, but both may be of the same second.
    let mut titles = browser.texts(".row .title").await;
    titles[..2].sort();
    assert_eq!(titles, ["Photo Album", LONG_NAME, "Chrome on Linux this browser", "driftwood-cli"]);
    browser.picture("account").await;

    browser.press("End").await;
    browser.disappears("//*[normalize-space()=\"driftwood-cli\"]").await;
    browser.follow(&format!("[aria-label='Disconnect: {LONG_NAME}']")).await;
    browser.disappears(&format!("//*[normalize-space()=\"{LONG_NAME}\"]")).await;
    assert_eq!(browser.texts(".row .title").await, ["Photo Album", "Chrome on Linux this browser"]);
}

async fn is_asked_again_after_disconnecting(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    browser.press("Disconnect").await;
    browser.disappears("//*[normalize-space()=\"Photo Album\"]").await;
    assert!(browser.text("main").await.contains("No app has access to your account."));
    browser.picture("account-without-apps").await;

    stage.send(album, "third", &[]).await;
    browser.sees("Photo Album wants to access your account").await;
    browser.press("Allow").await;
    assert!(stage.response_to("third").await.contains_key("code"));
}

async fn chooses_an_account(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    stage.send(album, "chosen", &[("prompt", "select_account")]).await;
    browser.sees("Sign in").await;
    assert!(browser.text(".user").await.contains(EMAIL));
    assert_ne!(browser.focus().await, "email", "no keyboard covers the account to continue with");
    browser.picture("choose-account").await;
    browser.press("Continue").await;
    assert!(stage.response_to("chosen").await.contains_key("code"));
}

async fn signs_out_and_in(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/oauth2/logout")).await;
    browser.sees("Sign out?").await;
    browser.picture("sign-out").await;
    browser.press("Sign out").await;
    browser.sees("You are signed out").await;
    browser.picture("signed-out").await;

    browser.go(&stage.at("/account")).await;
    browser.sees("Sign in").await;
    assert_eq!(browser.text(".lead").await, "to manage your account");
    browser.fill("email", EMAIL).await;
    browser.fill("password", "not my password").await;
    browser.press("Sign in").await;
    browser.notices("[role=alert]").await;
    assert_eq!(browser.text("[role=alert]").await, "The e-mail address or the password is wrong.");
    assert_eq!(browser.focus().await, "password");
    browser.picture("sign-in-mistake").await;

    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.sees("Your account").await;
    browser.press("Sign out everywhere").await;
    browser.sees("Sign in").await;
    stage.send(&stage.album, "silent", &[("prompt", "none")]).await;
    assert_eq!(stage.response_to("silent").await["error"], "login_required");
}

async fn follows_a_broken_link(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/oauth2/authorize?response_type=code&client_id=nobody")).await;
    browser.sees("This link does not work").await;
    assert_eq!(browser.address().await.path(), "/oauth2/authorize", "the browser is not redirected");
    browser.picture("error").await;
}
