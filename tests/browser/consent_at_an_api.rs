//! A user allows an app to use another API for them, after the app has changed while they read the page.

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, SMALL_PHONE, Stage};

const EMAIL: &str = "maria.magdalena.hohenstein@example.com";
const API: &str = "https://mcp.example.com/mcp";

#[tokio::test]
async fn on_a_light_desktop() {
    allows(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    allows(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    allows(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    allows(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    allows(SMALL_PHONE).await;
}

async fn allows(look: Look) {
    let stage = Stage::with_api(look, &format!("{API} Tools for Photographers (contact_read)")).await;
    let Stage { browser, api, album, .. } = &stage;
    stage.registers("Maria Magdalena Hohenstein", EMAIL).await;
    stage.send(album, "s1", &[("resource", API)]).await;
    browser.sees("Photo Album wants to access your account").await;
    assert!(browser.text("main").await.contains("Tools for Photographers (mcp.example.com/mcp)"));
    browser.picture("consent-at-api").await;

    let developer = api.sign_in("developer@album.example").await;
    api.rename(&developer, album, "Photo Album of the Hills").await;
    browser.press("Allow").await;
    browser.sees("Photo Album of the Hills wants to access your account").await;
    browser.notices("[role=alert]").await;
    browser.picture("consent-changed").await;
    browser.press("Allow").await;
    assert!(stage.response_to("s1").await.contains_key("code"));

    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    assert!(browser.text("main").await.contains("At Tools for Photographers (mcp.example.com/mcp): "));
    browser.picture("account-with-api").await;
    stage.end().await;
}
