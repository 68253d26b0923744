//! A developer reads the API reference: on a phone and on a desktop, in light and in dark mode.

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, SMALL_PHONE, Stage};

#[tokio::test]
async fn on_a_light_desktop() {
    is_read(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    is_read(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    is_read(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    is_read(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    is_read(SMALL_PHONE).await;
}

/// The table of contents links to an endpoint, and the endpoint to the schemas of its response.
async fn is_read(look: Look) {
    let stage = Stage::set(look).await;
    let browser = &stage.browser;
    browser.go(&stage.at("/docs")).await;
    browser.sees("Driftwood API").await;
    browser.picture_of_screen("docs").await;
    for (link, place) in [("oauth-apps-create", "endpoint"), ("shape-App", "shape"), ("oauth-token", "client")] {
        browser.jump(link).await;
        assert_eq!(browser.address().await.fragment(), Some(link));
        browser.picture_of_screen(&format!("docs-{place}")).await;
    }
    stage.end().await;
}
