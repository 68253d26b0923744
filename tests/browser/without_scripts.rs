//! The pages work without scripts.

use crate::harness::{DARK_PHONE, LIGHT_DESKTOP, PASSWORD, Stage};

#[tokio::test]
async fn a_browser_without_scripts_registers_consents_and_signs_in() {
    let stage = Stage::set(DARK_PHONE).await;
    let Stage { browser, album, program, .. } = &stage;
    browser.without_scripts().await;
    stage.send(album, "still", &[]).await;
    browser.sees("Sign in").await;
    browser.press("Create an account").await;
    browser.sees("Create your account").await;
    browser.fill("name", "Sam Still").await;
    browser.fill("email", "sam@example.com").await;
    browser.fill("password", PASSWORD).await;
    browser.press("Create account").await;
    browser.sees("Photo Album wants to access your account").await;
    browser.press("Allow").await;
    assert!(stage.response_to("still").await.contains_key("code"));

    browser.go(&stage.at("/account")).await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;

    // A response that is posted needs one press of a button.
    stage.send(program, "posted", &[("response_mode", "form_post")]).await;
    browser.sees("Sign in").await;
    browser.fill("email", "sam@example.com").await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.notices("[value=allow]").await;
    browser.press("Allow").await;
    browser.sees("One moment").await;
    browser.picture("one-moment").await;
    browser.press("Continue").await;
    assert!(stage.response_to("posted").await.contains_key("code"));
    stage.end().await;
}

#[tokio::test]
async fn a_browser_without_scripts_connects_a_device() {
    let stage = Stage::set(DARK_PHONE).await;
    let Stage { browser, api, tv, .. } = &stage;
    browser.without_scripts().await;
    let shown = api.show_code(tv).await;
    browser.go(&shown.page).await;
    browser.sees("Connect a device").await;
    browser.fill("user_code", "not a code").await;
    browser.press("Continue").await;
    browser.notices("#user_code-mistake").await;
    browser.fill("user_code", &shown.hastily_typed_code()).await;
    browser.press("Continue").await;
    browser.sees("Sign in").await;
    browser.press("Create an account").await;
    browser.sees("Create your account").await;
    browser.fill("name", "Sam Still").await;
    browser.fill("email", "sam@example.com").await;
    browser.fill("password", PASSWORD).await;
    browser.press("Create account").await;
    browser.sees("Living Room TV wants to access your account").await;
    browser.press("Allow").await;
    browser.sees("Your device is connected").await;
    assert!(api.poll(tv, &shown).await.is_ok());
    stage.end().await;
}

#[tokio::test]
async fn a_browser_without_scripts_resets_a_password_and_deletes_the_account() {
    let stage = Stage::set(DARK_PHONE).await;
    let Stage { browser, .. } = &stage;
    browser.without_scripts().await;
    stage.registers("Sam Still", "sam@example.com").await;
    browser.press("Sign out").await;
    browser.sees("Sign in").await;
    browser.press("Forgot your password?").await;
    browser.sees("Forgot your password?").await;
    browser.fill("email", "sam@example.com").await;
    browser.press("Mail me a link").await;
    browser.sees("Check your mail").await;
    stage.follows_mail("Choose a new password for Driftwood").await;
    browser.sees("Choose a new password").await;
    browser.fill("password", "seven grey herons by the weir").await;
    browser.press("Change my password").await;
    browser.sees("Your password was changed").await;
    browser.press("Sign in").await;
    browser.sees("Sign in").await;
    browser.fill("email", "sam@example.com").await;
    browser.fill("password", "seven grey herons by the weir").await;
    browser.press("Sign in").await;
    browser.sees("Your account").await;
    browser.press("Delete your account").await;
    browser.sees("Delete your account").await;
    browser.fill("password", "seven grey herons by the weir").await;
    browser.press("Delete my account").await;
    browser.sees("Your account was deleted").await;
    stage.end().await;
}

#[tokio::test]
async fn with_scripts_a_response_is_posted_automatically() {
    let stage = Stage::set(LIGHT_DESKTOP).await;
    let Stage { album, .. } = &stage;
    stage.send(album, "posted", &[("response_mode", "form_post"), ("prompt", "none")]).await;
    assert_eq!(stage.response_to("posted").await["error"], "login_required", "it was reviewed");
    stage.end().await;
}
