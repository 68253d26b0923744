//! A user confirms their e-mail address, forgets their password and resets it.

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Stage};

/// A common password, which the policy refuses.
const COMMON_PASSWORD: &str = "1q2w3e4r5t6y7u8i9o0p";
const NEW_PASSWORD: &str = "seven grey herons by the weir";
const EMAIL: &str = "maria.magdalena.hohenstein@example.com";
const VERIFY: &str = "Confirm your e-mail address for Driftwood";
const RESET: &str = "Choose a new password for Driftwood";

#[tokio::test]
async fn on_a_light_desktop() {
    recovers(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    recovers(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    recovers(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    recovers(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    recovers(SMALL_PHONE).await;
}

async fn recovers(look: Look) {
    let stage = Stage::set(look).await;
    registers_through_an_app(&stage).await;
    confirms_the_address(&stage).await;
    requests_a_link(&stage).await;
    chooses_a_new_password(&stage).await;
    finds_the_link_used(&stage).await;
    continues_to_the_app(&stage).await;
    requests_links_until_the_limit(&stage).await;
    stage.end().await;
}

async fn registers_through_an_app(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    stage.send(album, "first", &[]).await;
    browser.sees("Sign in").await;
    browser.press("Create an account").await;
    browser.sees("Create your account").await;
    browser.fill("name", "Maria Magdalena Hohenstein").await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Create account").await;
    browser.sees("Photo Album wants to access your account").await;
    browser.press("Allow").await;
    stage.response_to("first").await;
}

async fn confirms_the_address(stage: &Stage) {
    let Stage { browser, .. } = stage;
    let first_link = stage.link_in_mail(VERIFY).await;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    assert!(browser.text(".warning").await.starts_with("Your e-mail address is not confirmed yet."));
    browser.picture("account-unconfirmed").await;
    browser.press("Mail me a new link").await;
    browser.sees("Check your mail").await;
    assert_eq!(browser.text(".lead strong").await, EMAIL);
    browser.picture("verify-email-sent").await;

    // The older mails are the developer's.
    assert_eq!(stage.subjects().await[..2], [VERIFY, VERIFY]);
    browser.picture("mailbox").await;
    stage.opens_mail(VERIFY).await;
    browser.picture("mailbox-mail").await;
    browser.follow(".text a").await;
    browser.sees("Confirm your e-mail address").await;
    assert_eq!(browser.texts(".user strong").await, ["Maria Magdalena Hohenstein"], "whose account it is");
    assert!(browser.texts("input[type=password]").await.is_empty(), "the user is signed in");
    browser.picture("verify-email").await;
    browser.press("Confirm my address").await;
    browser.sees("Your address is confirmed").await;
    assert_eq!(browser.text(".lead strong").await, EMAIL);
    browser.picture("verify-email-done").await;
    // The earlier link finds it done, and one that is not ours does nothing.
    browser.go(&first_link).await;
    browser.sees("Your address is confirmed").await;
    browser.go(&stage.at("/account/verify-email?token=unknown")).await;
    browser.sees("This link does not work any more").await;
    browser.picture("verify-email-void").await;
    browser.press("Go to your account").await;
    browser.sees("Your account").await;
    assert!(browser.texts(".warning").await.is_empty(), "nothing is left to confirm");
    browser.picture("account-confirmed").await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
}

async fn requests_a_link(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    stage.send(album, "waiting", &[]).await;
    browser.sees("Sign in").await;
    browser.press("Forgot your password?").await;
    browser.sees("Forgot your password?").await;
    assert_eq!(browser.focus().await, "email");
    browser.picture("forgot-password").await;
    // The user goes back, and returns.
    browser.press("Back to sign in").await;
    browser.sees("Sign in").await;
    assert_eq!(browser.text(".lead").await, "to continue to Photo Album");
    browser.press("Forgot your password?").await;

    browser.sees("Forgot your password?").await;
    // The browser accepts this one.
    browser.fill("email", "maria@hohenstein").await;
    browser.press("Mail me a link").await;
    browser.notices("#email-mistake").await;
    assert_eq!(browser.focus().await, "email");
    assert_eq!(browser.attribute("#email", "value").await.as_deref(), Some("maria@hohenstein"));
    assert!(browser.title().await.starts_with("Error: "), "a screen reader reads it first");
    browser.picture("forgot-password-mistake").await;

    browser.fill("email", EMAIL).await;
    browser.press("Mail me a link").await;
    browser.sees("Check your mail").await;
    assert_eq!(browser.text(".lead strong").await, EMAIL);
    browser.picture("forgot-password-sent").await;
}

/// The mail opens in another tab, as it does for most users.
async fn chooses_a_new_password(stage: &Stage) {
    let Stage { browser, .. } = stage;
    let tab = browser.open_tab().await;
    stage.follows_mail(RESET).await;
    browser.sees("Choose a new password").await;
    assert_eq!(browser.text(".lead strong").await, EMAIL);
    assert_eq!(browser.focus().await, "password");
    assert_eq!(browser.attribute("#password", "autocomplete").await.as_deref(), Some("new-password"));
    assert_eq!(browser.attribute("[autocomplete=username]", "value").await.as_deref(), Some(EMAIL));
    browser.picture("reset-password").await;

    browser.fill("password", COMMON_PASSWORD).await;
    browser.press("Change my password").await;
    let mistake = "The password is too common; choose a less common password.";
    browser.says("password-mistake", mistake).await;
    assert_eq!(browser.focus().await, "password");
    let described = browser.attribute("#password", "aria-describedby").await;
    assert_eq!(described.as_deref(), Some("password-mistake password-hint"));
    assert!(browser.title().await.starts_with("Error: "), "a screen reader reads it first");
    browser.picture("reset-password-mistake").await;

    browser.fill("password", NEW_PASSWORD).await;
    browser.press("Change my password").await;
    browser.sees("Your password was changed").await;
    browser.picture("reset-password-done").await;
    browser.press("Sign in").await;
    browser.sees("Sign in").await;
    browser.close_tab(tab).await;
}

async fn finds_the_link_used(stage: &Stage) {
    let Stage { browser, .. } = stage;
    let tab = browser.open_tab().await;
    stage.follows_mail(RESET).await;
    browser.sees("This link does not work any more").await;
    browser.picture("reset-password-used").await;
    browser.press("Request a new link").await;
    browser.sees("Forgot your password?").await;
    browser.close_tab(tab).await;
}

async fn continues_to_the_app(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.press("Back to sign in").await;
    browser.sees("Sign in").await;
    assert_eq!(browser.text(".lead").await, "to continue to Photo Album");
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.notices("[role=alert]").await;
    assert_eq!(browser.text("[role=alert]").await, "The e-mail address or the password is wrong.");
    browser.fill("password", NEW_PASSWORD).await;
    browser.press("Sign in").await;
    // The reset has ended the consent, too.
    browser.sees("Photo Album wants to access your account").await;
    browser.press("Allow").await;
    assert!(stage.response_to("waiting").await.contains_key("code"));
    assert_eq!(stage.subjects().await[0], "Your password at Driftwood was changed");
}

async fn requests_links_until_the_limit(stage: &Stage) {
    let Stage { browser, .. } = stage;
    for tries in 0.. {
        assert!(tries < 10, "mails are not limited");
        browser.go(&stage.at("/account/forgot-password")).await;
        browser.fill("email", EMAIL).await;
        browser.press("Mail me a link").await;
        browser.disappears("//h1[normalize-space()=\"Forgot your password?\"]").await;
        if browser.text("h1").await == "Too many attempts" {
            break;
        }
    }
    assert_eq!(browser.text(".button").await, "Back to sign in");
    browser.picture("forgot-password-too-often").await;
}
