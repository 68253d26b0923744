//! A developer sees what an app is sent: the events of a user who installed it, until the user disconnects it.

use serde_json::json;

use crate::harness::{DARK_DESKTOP, DARK_PHONE, LIGHT_DESKTOP, LIGHT_PHONE, Look, PASSWORD, SMALL_PHONE, Stage};

const EMAIL: &str = "maria.magdalena.hohenstein@example.com";
/// The webhook of the app.
const URL: &str = "https://receiver.example/driftwood";
const LONGEST_TYPE: &str = "order.wonderfully_extraordinary_family_photo_album_and_calendar1";

#[tokio::test]
async fn on_a_light_desktop() {
    are_seen(LIGHT_DESKTOP).await;
}

#[tokio::test]
async fn on_a_dark_desktop() {
    are_seen(DARK_DESKTOP).await;
}

#[tokio::test]
async fn on_a_light_phone() {
    are_seen(LIGHT_PHONE).await;
}

#[tokio::test]
async fn on_a_dark_phone() {
    are_seen(DARK_PHONE).await;
}

#[tokio::test]
async fn on_a_small_phone() {
    are_seen(SMALL_PHONE).await;
}

async fn are_seen(look: Look) {
    let stage = Stage::set(look).await;
    let token = stage.api.registers("Maria Magdalena Hohenstein", EMAIL).await;
    installs_an_app(&stage).await;
    sees_the_first_events(&stage, &token).await;
    sees_what_is_unusual(&stage, &token).await;
    disconnects_the_app(&stage, &token).await;
    stage.end().await;
}

async fn installs_an_app(stage: &Stage) {
    let Stage { browser, api, .. } = stage;
    let developer = api.sign_in("developer@album.example").await;
    let watch = api.app_with_webhook(&developer, "Order Watch", URL, &["app.*", "order.*"]).await;
    browser.go(&stage.at(local::WEBHOOKS)).await;
    browser.sees("Webhooks").await;
    assert!(browser.text("pre").await.contains(&stage.at("\n")), "the example is for this server");
    browser.picture("webhooks-none").await;

    stage.send(&watch, "installs", &[]).await;
    browser.sees("Sign in").await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.sees("Order Watch wants to access your account").await;
    browser.press("Allow").await;
    let answer = stage.response_to("installs").await;
    api.exchange(&watch, &answer["code"]).await;
}

async fn sees_the_first_events(stage: &Stage, token: &str) {
    let Stage { browser, api, .. } = stage;
    // It is there as soon as the app has its tokens: the first event of the account is that the user registered.
    let [installed] = api.received().await.try_into().expect("one message");
    assert_eq!((&installed["type"], &installed["verified"]), (&json!("app.installed"), &json!(true)));
    assert_eq!(installed["sequence"], 2);
    api.event(token, "order.placed", json!({"order": "A-1001", "total": 49.9})).await;
    let [message, _] = api.received().await.try_into().expect("two messages");
    assert_eq!((&message["verified"], &message["sequence"]), (&json!(true), &json!(3)));

    browser.go(&stage.at(local::WEBHOOKS)).await;
    browser.sees("Webhooks").await;
    assert_eq!(browser.texts(".messages h3").await, ["order.placed", "app.installed"]);
    assert_eq!(browser.texts(".messages p").await, ["Verified"; 2]);
    let shown = browser.texts(".messages dd").await;
    let account = message["account_id"].as_str().expect("an account");
    assert_eq!(shown, ["/driftwood", "204", account, "3", "/driftwood", "204", account, "2"]);
    browser.picture("webhooks").await;
}

async fn sees_what_is_unusual(stage: &Stage, token: &str) {
    let Stage { browser, api, .. } = stage;
    let line = |number: u32| json!({"article": format!("Lighthouse no. {number}"), "note": "x".repeat(90)});
    let lines: Vec<_> = (1..=40).map(line).collect();
    api.event(token, LONGEST_TYPE, json!({ "lines": lines })).await;
    stage.forges(URL, "an order, <b>believe me</b>").await;

    browser.go(&stage.at(local::WEBHOOKS)).await;
    browser.notices(".mistake").await;
    assert_eq!(browser.text(".mistake").await, "Not verified: it has no header webhook-id");
    browser.picture("webhooks-unusual").await;
    // The page does not reload, and fold it again, while it is read.
    browser.unfold("li:nth-of-type(1) details").await;
    assert!(browser.text("details[open] pre").await.ends_with("an order, <b>believe me</b>"));
    browser.picture("webhooks-unfolded").await;
    browser.unfold("li:nth-of-type(2) details").await;
    browser.picture("webhooks-long").await;
}

async fn disconnects_the_app(stage: &Stage, token: &str) {
    let Stage { browser, api, .. } = stage;
    browser.go(&stage.at("/account")).await;
    browser.sees("Your account").await;
    browser.press("Disconnect").await;
    browser.disappears("//*[normalize-space()=\"Order Watch\"]").await;
    let after = api.received().await;
    assert_eq!(after[0]["type"], "app.uninstalled");
    api.event(token, "order.cancelled", json!({"order": "A-1001"})).await;
    assert_eq!(api.received().await, after);
}
