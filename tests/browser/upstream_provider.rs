//! A user signs in with an upstream provider.

use crate::harness::{
    DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, PROVIDER_NAME, SMALL_PHONE, Stage,
};

const KNOWN: &str = "maria.magdalena.hohenstein@example.com";

#[tokio::test]
async fn on_a_light_desktop() {
    signs_in_with_the_provider(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    signs_in_with_the_provider(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    signs_in_with_the_provider(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    signs_in_with_the_provider(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    signs_in_with_the_provider(SMALL_PHONE).await;
}

async fn signs_in_with_the_provider(look: Look) {
    let stage = Stage::with_upstream_provider(look).await;
    signs_up_with_the_provider(&stage).await;
    signs_in_again(&stage).await;
    has_to_sign_in_to_confirm_the_address(&stage).await;
    proves_an_address(&stage).await;
    unlinks_the_provider(&stage).await;
    denies_consent_at_the_provider(&stage).await;
    stage.end().await;
}

#[tokio::test]
async fn an_unavailable_provider_is_a_page_with_a_link_back() {
    for look in [LIGHT_PHONE, DARK_DESKTOP] {
        let stage = Stage::with_unreachable_provider(look).await;
        let Stage { browser, album, .. } = &stage;
        stage.send(album, "unavailable", &[]).await;
        browser.sees("Sign in").await;
        browser.press(&button()).await;
        browser.sees("Please try again in a moment").await;
        browser.picture("provider-unavailable").await;
        browser.press("Try again").await;
        browser.sees("Sign in").await;
        assert_eq!(browser.text(".lead").await, "to continue to Photo Album");
        stage.end().await;
    }
}

fn button() -> String {
    format!("Continue with {PROVIDER_NAME}")
}

async fn signs_in_at_the_provider(stage: &Stage, email: &str) {
    let browser = &stage.browser;
    browser.sees("Sign in").await;
    browser.fill("email", email).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
}

/// The same for the first time: the provider asks for consent.
async fn consents_at_the_provider(stage: &Stage, email: &str) {
    signs_in_at_the_provider(stage, email).await;
    stage.browser.sees("Driftwood wants to access your account").await;
    stage.browser.press("Allow").await;
}

/// Signs the user out at the provider.
async fn signs_out_at_the_provider(stage: &Stage) {
    let browser = &stage.browser;
    browser.go(&stage.at_provider("/account")).await;
    browser.sees("Your account").await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
}

async fn signs_up_with_the_provider(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    stage.upstream().registers("Nora New", "nora@example.com").await;
    stage.send(album, "first", &[]).await;
    browser.sees("Sign in").await;
    browser.picture("sign-in-with-provider").await;
    browser.press("Create an account").await;
    browser.sees("Create your account").await;
    browser.picture("register-with-provider").await;
    browser.press(&button()).await;
    consents_at_the_provider(stage, "nora@example.com").await;
    browser.sees("Photo Album wants to access your account").await;
    browser.press("Allow").await;
    assert!(stage.response_to("first").await.contains_key("code"));
}

/// Driftwood and the provider remember the consents: the browser goes from the provider's form to the app.
async fn signs_in_again(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    browser.picture("account-by-provider").await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
    signs_out_at_the_provider(stage).await;
    stage.send(album, "again", &[]).await;
    browser.sees("Sign in").await;
    browser.press(&button()).await;
    signs_in_at_the_provider(stage, "nora@example.com").await;
    assert!(stage.response_to("again").await.contains_key("code"));
    browser.go(&stage.at("/account")).await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
    signs_out_at_the_provider(stage).await;
}

/// A user without a password has nothing to type on the page.
async fn has_to_sign_in_to_confirm_the_address(stage: &Stage) {
    let Stage { browser, .. } = stage;
    stage.follows_mail("Confirm your e-mail address for Driftwood").await;
    browser.sees("Confirm your e-mail address").await;
    assert_eq!(browser.text(".user strong").await, "Nora New");
    browser.picture("verify-email-by-provider").await;
    browser.press("Sign in").await;
    browser.sees("Sign in").await;
}

async fn proves_an_address(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    stage.upstream().registers("Maria Magdalena Hohenstein", KNOWN).await;
    stage.registers("Maria Magdalena Hohenstein", KNOWN).await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
    stage.send(album, "proof", &[]).await;
    browser.sees("Sign in").await;
    browser.press(&button()).await;
    consents_at_the_provider(stage, KNOWN).await;
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
    assert!(stage.response_to("proof").await.contains_key("code"));
    stage.opens_mail(&format!("{PROVIDER_NAME} was linked to your account at Driftwood")).await;
    browser.picture("mailbox-provider-linked").await;
    browser.follow(".text a").await;
    browser.sees("Was this not you?").await;
    browser.picture("not-me-provider").await;
}

async fn unlinks_the_provider(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    assert!(browser.texts(".title").await.contains(&PROVIDER_NAME.to_owned()));
    browser.picture("account-with-provider").await;
    browser.press("Unlink").await;
    browser.disappears("//h2[normalize-space()=\"Other ways to sign in\"]").await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
}

async fn denies_consent_at_the_provider(stage: &Stage) {
    let Stage { browser, album, .. } = stage;
    signs_out_at_the_provider(stage).await;
    stage.upstream().registers("Otto Other", "otto@example.com").await;
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
