//! Unowned clients: they register dynamically, or a client ID metadata document describes them.

use crate::harness::{
    BUSY, DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, LONG_NAME, Look, PASSWORD, SMALL_PHONE, Stage,
};

#[tokio::test]
async fn on_a_light_desktop() {
    meets_unowned_clients(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    meets_unowned_clients(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    meets_unowned_clients(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    meets_unowned_clients(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    meets_unowned_clients(SMALL_PHONE).await;
}

async fn meets_unowned_clients(look: Look) {
    let stage = Stage::set(look).await;
    allows_an_app_that_registered_itself(&stage).await;
    sees_where_a_long_address_ends(&stage).await;
    denies_a_program_that_registered_itself(&stage).await;
    allows_an_app_with_a_document(&stage).await;
    allows_an_app_with_a_document_elsewhere(&stage).await;
    allows_a_program_with_a_document(&stage).await;
    follows_a_pushed_request(&stage).await;
    cannot_use_a_document(&stage).await;
    cannot_reach_a_document(&stage).await;
    stage.end().await;
}

async fn allows_an_app_that_registered_itself(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    let app = api.unowned_app("Tidy Contacts", "https://album.example/cb").await;
    stage.send(&app, "registered", &[]).await;
    browser.sees("Sign in").await;
    browser.press("Create an account").await;
    browser.sees("Create your account").await;
    browser.fill("name", "Olu Open").await;
    browser.fill("email", "olu@example.com").await;
    browser.fill("password", PASSWORD).await;
    browser.press("Create account").await;

    browser.sees("Tidy Contacts wants to access your account").await;
    assert!(browser.text(".warning").await.starts_with("This app is not verified."));
    assert_eq!(browser.text(".lead strong").await, "album.example");
    browser.picture("consent-unowned").await;
    browser.press("Allow").await;
    let answer = stage.response_to("registered").await;
    assert!(api.exchange(&app, &answer["code"]).await["access_token"].is_string());

    // The client is not verified: the consent is asked for each time.
    stage.send(&app, "again", &[]).await;
    browser.sees("Tidy Contacts wants to access your account").await;
}

async fn sees_where_a_long_address_ends(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    let host = format!("album.example.{}.evil.example", "sign-in-to-your-own-photographs".repeat(2));
    let app = api.unowned_app("Photo Album", &format!("https://{host}/cb")).await;
    stage.send(&app, "long", &[]).await;
    browser.sees("Photo Album wants to access your account").await;
    assert_eq!(browser.text(".lead strong").await, host);
    browser.picture("consent-unowned-long").await;
}

async fn denies_a_program_that_registered_itself(stage: &Stage) {
    let Stage { browser, api, loopback, .. } = stage;
    let program = api.unowned_app(LONG_NAME, loopback).await;
    stage.send(&program, "unowned", &[]).await;
    browser.sees(&format!("{LONG_NAME} wants to access your account")).await;
    assert!(browser.text(".warning").await.starts_with("This app is not verified."));
    assert_eq!(browser.text(".lead strong").await, "a program on this device");
    browser.picture("consent-unowned-program").await;
    browser.press("Deny").await;
    assert_eq!(stage.response_to("unowned").await["error"], "access_denied");
}

async fn allows_an_app_with_a_document(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    let app = stage.describe("/client.json", "Quick Notes", "https://notes.example/cb");
    stage.send(&app, "described", &[]).await;
    browser.sees("Quick Notes wants to access your account").await;
    assert_eq!(browser.texts(".lead strong").await, ["notes.example"]);
    assert_eq!(browser.texts(".warning").await.len(), 1, "anyone can have an address");
    browser.picture("consent-described").await;
    browser.press("Allow").await;
    let answer = stage.response_to("described").await;
    assert!(api.exchange(&app, &answer["code"]).await["access_token"].is_string());

    // No operator reviewed the client, and it does not prove itself: it asks each time.
    stage.send(&app, "asked-again", &[]).await;
    browser.sees("Quick Notes wants to access your account").await;
    browser.press("Allow").await;
    assert!(stage.response_to("asked-again").await.contains_key("code"));
}

async fn allows_an_app_with_a_document_elsewhere(stage: &Stage) {
    let Stage { browser, .. } = stage;
    let app = stage.describe("/elsewhere.json", "Quick Notes", "https://album.example/cb");
    stage.send(&app, "elsewhere", &[]).await;
    browser.sees("Quick Notes wants to access your account").await;
    assert_eq!(browser.texts(".lead strong").await, ["notes.example", "album.example"]);
    browser.picture("consent-described-elsewhere").await;
    browser.press("Allow").await;
    assert!(stage.response_to("elsewhere").await.contains_key("code"));
}

async fn allows_a_program_with_a_document(stage: &Stage) {
    let Stage { browser, loopback, .. } = stage;
    let program = stage.describe("/program.json", "Quick Notes", loopback);
    stage.send(&program, "program", &[]).await;
    browser.sees("Quick Notes wants to access your account").await;
    assert_eq!(browser.texts(".lead strong").await, ["notes.example", "a program on this device"]);
    browser.picture("consent-described-program").await;
    browser.press("Allow").await;
    assert!(stage.response_to("program").await.contains_key("code"));
}

async fn follows_a_pushed_request(stage: &Stage) {
    let Stage { browser, api, album, .. } = stage;
    let request_uri = api.push(album, "pushed").await;
    browser.go(&album.pushed_request(&stage.at(""), &request_uri)).await;
    browser.sees("Photo Album wants to access your account").await;
    browser.press("Allow").await;
    assert!(stage.response_to("pushed").await.contains_key("code"));

    // A pushed request is answered once.
    browser.go(&album.pushed_request(&stage.at(""), &request_uri)).await;
    browser.sees("You have already answered").await;
    browser.picture("pushed-answered").await;
}

async fn cannot_use_a_document(stage: &Stage) {
    let Stage { browser, .. } = stage;
    let good = stage.describe("/copy.json", "Quick Notes", "https://notes.example/cb");
    let copied = stage.impersonate("/copied.json", &good);
    stage.send(&copied, "copied", &[]).await;
    browser.sees("This link does not work").await;
    assert!(browser.text(".lead").await.contains("its client_id is not its address"));
    assert_eq!(browser.address().await.path(), "/oauth2/authorize", "the browser is not redirected");
    browser.picture("document-unusable").await;
}

async fn cannot_reach_a_document(stage: &Stage) {
    let Stage { browser, .. } = stage;
    let app = stage.describe(BUSY, "Quick Notes", "https://notes.example/cb");
    stage.send(&app, "busy", &[]).await;
    browser.sees("We cannot reach the app").await;
    browser.picture("document-unreachable").await;
}
