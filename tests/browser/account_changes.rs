//! A user changes their account: password, e-mail address, name and language.

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Stage};

const NEW_PASSWORD: &str = "seven grey herons by the weir";
const EMAIL: &str = "maria.magdalena.hohenstein@example.com";
const NEW_EMAIL: &str = "mimi@example.net";
const CONFIRM: &str = "Confirm your new e-mail address for Driftwood";

#[tokio::test]
async fn on_a_light_desktop() {
    changes_everything(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    changes_everything(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    changes_everything(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    changes_everything(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    changes_everything(SMALL_PHONE).await;
}

async fn changes_everything(look: Look) {
    let stage = Stage::set(look).await;
    stage.registers("Maria Magdalena Hohenstein", EMAIL).await;
    changes_the_password(&stage).await;
    changes_the_address(&stage).await;
    cannot_have_the_address_of_another(&stage).await;
    changes_name_and_language(&stage).await;
    gets_mail_in_german(&stage).await;
    stage.end().await;
}

async fn changes_the_password(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    api.sign_in(EMAIL).await;
    browser.go(&stage.at("/.well-known/change-password")).await;
    browser.sees("Change your password").await;
    assert_eq!(browser.focus().await, "current_password");
    browser.picture("change-password").await;

    browser.fill("current_password", "not my password").await;
    browser.fill("new_password", NEW_PASSWORD).await;
    browser.press("Change my password").await;
    browser.says("current_password-mistake", "This is not your password.").await;
    assert_eq!(browser.focus().await, "current_password");
    assert!(browser.title().await.starts_with("Error: "), "a screen reader reads it first");
    browser.picture("change-password-mistake").await;

    browser.fill("current_password", PASSWORD).await;
    browser.fill("new_password", "hohenstein").await;
    browser.press("Change my password").await;
    browser.notices("#new_password-mistake").await;
    assert_eq!(browser.focus().await, "new_password");
    browser.picture("change-password-weak").await;

    browser.fill("current_password", PASSWORD).await;
    browser.fill("new_password", NEW_PASSWORD).await;
    browser.press("Change my password").await;
    browser.sees("Your password was changed").await;
    browser.picture("change-password-done").await;
    browser.press("Go to your account").await;
    browser.sees("Your account").await;
    assert_eq!(browser.texts(".row .title").await, ["Chrome on Linux this browser"], "the other session was revoked");
    assert_eq!(stage.subjects().await[0], "Your password at Driftwood was changed");
}

async fn changes_the_address(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.follow("[aria-label='Change: E-mail address']").await;
    browser.sees("Change your e-mail address").await;
    assert_eq!(browser.focus().await, "new_email");
    browser.picture("change-email").await;

    browser.fill("new_email", NEW_EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Mail me a link").await;
    browser.says("password-mistake", "This is not your password.").await;
    assert_eq!(browser.focus().await, "password");
    assert_eq!(browser.attribute("#new_email", "value").await.as_deref(), Some(NEW_EMAIL));
    browser.picture("change-email-mistake").await;

    browser.fill("password", NEW_PASSWORD).await;
    browser.press("Mail me a link").await;
    browser.sees("Check your mail").await;
    assert_eq!(browser.text(".lead strong").await, NEW_EMAIL);
    browser.picture("change-email-sent").await;

    let mut subjects = stage.subjects().await;
    subjects.truncate(2);
    subjects.sort();
    assert_eq!(subjects, [CONFIRM, "Your e-mail address at Driftwood is about to change"]);
    stage.follows_mail(CONFIRM).await;
    browser.sees("Confirm your new e-mail address").await;
    assert_eq!(browser.text(".lead strong").await, NEW_EMAIL);
    browser.picture("confirm-email").await;
    browser.press("Use this address").await;
    browser.sees("Your address was changed").await;
    browser.picture("confirm-email-done").await;
    browser.press("Go to your account").await;
    browser.sees("Your account").await;
    let values = ["Maria Magdalena Hohenstein", NEW_EMAIL];
    assert_eq!(browser.texts(".value").await[..2], values);
    assert!(browser.texts(".warning").await.is_empty(), "the link has confirmed it");
    assert_eq!(stage.subjects().await[0], "Your e-mail address at Driftwood was changed");
}

async fn cannot_have_the_address_of_another(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account/change-email")).await;
    browser.fill("new_email", "developer@album.example").await;
    browser.fill("password", NEW_PASSWORD).await;
    browser.press("Mail me a link").await;
    browser.sees("Check your mail").await;
    stage.follows_mail(CONFIRM).await;
    browser.sees("Confirm your new e-mail address").await;
    browser.press("Use this address").await;
    browser.sees("This address is taken").await;
    browser.picture("confirm-email-taken").await;
    browser.press("Use another address").await;
    browser.sees("Change your e-mail address").await;
}

async fn changes_name_and_language(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.press("Cancel").await;
    browser.sees("Your account").await;
    browser.follow("[aria-label='Change: Name']").await;
    browser.sees("Your name and language").await;
    assert_eq!(browser.focus().await, "name");
    browser.picture("profile").await;

    let too_long = "Maria ".repeat(60);
    browser.fill("name", &too_long).await;
    browser.press("Save").await;
    browser.notices("#name-mistake").await;
    assert_eq!(browser.focus().await, "name");
    assert!(browser.title().await.starts_with("Error: "), "a screen reader reads it first");
    browser.picture("profile-mistake").await;

    browser.fill("name", "Mimi Hohenstein").await;
    browser.choose("locale", "Deutsch").await;
    browser.press("Save").await;
    browser.sees("Your account").await;
    assert_eq!(browser.texts(".value").await[0], "Mimi Hohenstein");
    browser.follow("[aria-label='Change: Name']").await;
    browser.sees("Your name and language").await;
    assert_eq!(browser.text("option[selected]").await, "Deutsch");
}

async fn gets_mail_in_german(stage: &Stage) {
    let Stage { browser, .. } = stage;
    browser.go(&stage.at("/account/change-password")).await;
    browser.fill("current_password", NEW_PASSWORD).await;
    browser.fill("new_password", PASSWORD).await;
    browser.press("Change my password").await;
    browser.sees("Your password was changed").await;
    stage.opens_mail("Dein Passwort bei Driftwood wurde geändert").await;
    browser.picture("mailbox-german").await;
}
