//! Driftwood's mails, as mail programs show them: on a phone and beside a list of mails, in light and in dark mode.

use serde_json::json;

use crate::harness::{DARK_NARROW, DARK_PANE, LIGHT_NARROW, LIGHT_PANE, Look, PASSWORD, Stage};

/// The names of the screenshots, in the order in which the mails are sent; two at once come in any order.
const MESSAGES: [&str; 11] = [
    "mail-key-added",
    "mail-app-created",
    "mail-app-secret",
    "mail-reset-password",
    "mail-password-changed-by-link",
    "mail-change-email",
    "mail-email-change-asked",
    "mail-email-changed",
    "mail-password-changed",
    "mail-account-deleted",
    "mail-account-restored",
];

#[tokio::test]
async fn on_a_light_phone() {
    are_read(LIGHT_NARROW).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    are_read(DARK_NARROW).await;
}

#[tokio::test]
async fn on_a_light_desktop() {
    are_read(LIGHT_PANE).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    are_read(DARK_PANE).await;
}

async fn are_read(look: Look) {
    let stage = Stage::set(look).await;
    for language in ["en", "de"] {
        let before = stage.api.mails().await.len();
        sends_every_message(&stage, language).await;
        let mut mails = stage.api.mails().await;
        mails.truncate(mails.len() - before);
        // A new user has not chosen a language yet; the next mail is in their language.
        let names = ["mail-registered", "mail-verify-email"].into_iter().chain(MESSAGES);
        for (name, mail) in names.zip(mails.iter().rev()) {
            stage.browser.go(&stage.at(&format!("{}/{}.html", local::MAILBOX, mail["id"]))).await;
            stage.browser.sees(mail["subject"].as_str().expect("a subject")).await;
            stage.browser.picture(&format!("{name}-{language}")).await;
        }
        assert_eq!(mails.len(), 13);
    }
    stage.end().await;
}

async fn sends_every_message(stage: &Stage, language: &str) {
    let api = &stage.api;
    let email = format!("maria.magdalena.hohenstein.{language}@example.com");
    let new_email = format!("maria.magdalena.hohenstein.of.the.hills.{language}@photographs.example.net");
    let new_password = "seven grey herons by the weir";
    let token = &api.registers("Mimi", &email).await;
    api.post("users-update", token, json!({"locale": language})).await;
    api.post("auth-verify-email", token, json!({})).await;
    api.post("auth-verify-email", token, json!({"token": api.newest_link_token().await})).await;
    api.additional_key(token, "Backup").await;
    let app = api.post("oauth-apps-create", token, json!({"name": "Nightly Job"})).await;
    api.post("oauth-apps-rotate-secret", token, json!({"id": app["result"]["app"]["id"]})).await;

    api.post("auth-forgot-password", "", json!({"email": email})).await;
    api.post("auth-reset-password", "", json!({"token": api.newest_link_token().await, "password": new_password}))
        .await;
    let signed_in = api.post("auth-login", "", json!({"email": email, "password": new_password})).await;
    let token = signed_in["result"]["access_token"].as_str().expect("a token");
    api.post("auth-change-email", token, json!({"new_email": new_email, "password": new_password})).await;
    api.post("auth-change-email", token, json!({"token": api.newest_link_token().await})).await;
    api.post("auth-change-password", token, json!({"current_password": new_password, "new_password": PASSWORD})).await;
    api.post("users-delete", token, json!({"password": PASSWORD})).await;
    api.post("auth-login", "", json!({"email": new_email, "password": PASSWORD, "restore": true})).await;
}
