//! `/account`

use serde_json::json;

use crate::harness::{PASSWORD, Reply, TestServer, Trouble, Visitor};

const SIGN_IN: &str = "/oauth2/authorize/sign-in";

/// Presses the button of this action in the row that contains this text.
pub async fn press(visitor: &Visitor<'_>, page: &Reply, action: &str, row: &str) -> Reply {
    let rows = page.text.split("<li ").chain(page.text.split("class=\"actions\"").skip(1));
    let row = rows
        .filter(|text| text.contains(row))
        .find(|text| text.contains(&format!("value=\"{action}\"")))
        .expect("a row");
    let part = Reply { status: 200, headers: page.headers.clone(), text: row.to_owned() };
    let form =
        part.forms().into_iter().find(|form| form.text.contains(&format!("value=\"{action}\""))).expect("a button");
    let fields: Vec<_> =
        form.hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain([("action", action)]).collect();
    visitor.post(&form.action, &fields).await
}

/// Disconnects an app.
pub async fn disconnect(visitor: &Visitor<'_>, app: &str) {
    let page = visitor.get("/account").await;
    let reply = press(visitor, &page, "disconnect", app).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/account"));
}

#[tokio::test]
async fn it_shows_the_user_their_sessions_and_the_apps_with_access() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    assert_eq!(visitor.get("/account").await.header("location"), SIGN_IN);
    let email = visitor.signed_up().await;
    let empty = visitor.get("/account").await;
    assert!(empty.text.contains("No app has access to your account"));
    let answer = visitor.approve(&client, &[("scope", "openid contact_read")]).await;
    driftwood.login(&email, PASSWORD).await.result();
    let before = visitor.get("/account").await;
    assert!(!before.text.contains("last used"), "no token was requested yet");
    client.exchange(&driftwood, answer.code()).await;
    let page = visitor.get("/account").await;
    assert_eq!(page.heading(), "Your account");
    for text in [
        email.as_str(),
        "Alice Arden",
        "Photo Album",
        "Read your account’s contacts",
        "last used",
        "this browser",
        "127.0.0.1",
    ] {
        assert!(page.shows(text), "{text}");
    }
    assert_eq!(page.text.matches("value=\"end-session\"").count(), 1, "the other sign-in; this one has Sign out");
}

#[tokio::test]
async fn a_disconnected_app_loses_access_at_once_and_needs_consent_again() {
    let driftwood = TestServer::start().await;
    let (client, other) = (driftwood.spa().await, driftwood.web_app().await);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    let others = other.exchange(&driftwood, visitor.approve(&other, &[]).await.code()).await.json();
    let stale = visitor.get("/account").await;
    disconnect(&visitor, "Photo Album").await;
    let page = visitor.get("/account").await;
    assert!(!page.text.contains("Photo Album") && page.text.contains("Web App"));
    assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.refused_oauth(400, "invalid_grant");
    let userinfo = [("authorization", format!("Bearer {}", tokens["access_token"].as_str().unwrap()))];
    let headers: Vec<_> = userinfo.iter().map(|(name, value)| (*name, value.as_str())).collect();
    driftwood.send(reqwest::Method::GET, "/oauth2/userinfo", &headers, "").await.refused_oauth(401, "invalid_token");
    assert!(driftwood.is_alive(others["access_token"].as_str().unwrap()).await);
    let asked = visitor.authorize(&client, &[]).await;
    assert_eq!(asked.heading(), "Photo Album wants to access your account");
    let tokens = client.exchange(&driftwood, client.answer(&visitor.allow(&asked).await).code()).await.json();
    // The old page's button refers to the old consent.
    press(&visitor, &stale, "disconnect", "Photo Album").await;
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn one_session_can_be_revoked_and_the_others_remain() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let laptop = driftwood.visitor();
    let page = laptop.get(SIGN_IN).await;
    laptop.sign_in(&page, &email, PASSWORD).await;
    let of_laptop = client.exchange(&driftwood, laptop.approve(&client, &[]).await.code()).await.json();
    let api = crate::harness::Alice::from(&email, &driftwood.login(&email, PASSWORD).await.result());
    for left in [1, 0] {
        let page = visitor.get("/account").await;
        let reply = press(&visitor, &page, "end-session", "End").await;
        assert_eq!(reply.header("location"), "/account");
        assert_eq!(visitor.get("/account").await.text.matches("value=\"end-session\"").count(), left);
    }
    assert_eq!(laptop.get("/account").await.header("location"), SIGN_IN);
    assert!(!driftwood.is_alive(&api.access_token).await);
    assert!(!driftwood.is_alive(of_laptop["access_token"].as_str().unwrap()).await, "with its app's tokens");
    assert_eq!(visitor.get("/account").await.heading(), "Your account");
}

#[tokio::test]
async fn a_user_signs_out_here_and_everywhere() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (phone, laptop) = (driftwood.visitor(), driftwood.visitor());
    let email = phone.signed_up().await;
    laptop.sign_in(&laptop.get(SIGN_IN).await, &email, PASSWORD).await;
    let offline = [("scope", "openid contact_read offline_access")];
    let tokens = client.exchange(&driftwood, phone.approve(&client, &offline).await.code()).await.json();
    let page = laptop.get("/account").await;
    let reply = press(&laptop, &page, "sign-out", "sign-out").await;
    assert_eq!((reply.header("location"), laptop.cookies().contains_key("dw-sid")), (SIGN_IN, false));
    assert_eq!(phone.get("/account").await.heading(), "Your account");
    laptop.sign_in(&laptop.get(SIGN_IN).await, &email, PASSWORD).await;
    let page = phone.get("/account").await;
    press(&phone, &page, "sign-out-everywhere", "sign-out-everywhere").await;
    for visitor in [&phone, &laptop] {
        assert_eq!(visitor.get("/account").await.header("location"), SIGN_IN);
    }
    assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn a_user_cannot_end_sessions_or_consents_of_another_user() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (alice, mallory) = (driftwood.visitor(), driftwood.visitor());
    alice.signed_up().await;
    let email = mallory.signed_up().await;
    mallory.approve(&client, &[]).await.code();
    driftwood.login(&email, PASSWORD).await.result();
    let tokens = client.exchange(&driftwood, alice.approve(&client, &[]).await.code()).await.json();
    let hidden = |page: &Reply, name: &str| {
        let forms = page.forms().into_iter().flat_map(|form| form.hidden);
        forms.filter(|(known, _)| known == name).map(|(_, value)| value).next().unwrap()
    };
    let (hers, his) = (alice.get("/account").await, mallory.get("/account").await);
    let token = hidden(&his, "form_token");
    let (client_id, consent_id) = (hidden(&hers, "client_id"), hidden(&hers, "consent_id"));
    let fields = [
        ("form_token", token.as_str()),
        ("client_id", &client_id),
        ("consent_id", &consent_id),
        ("action", "disconnect"),
    ];
    assert_eq!(mallory.post("/account", &fields).await.status, 303);
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    let sid = crate::harness::claims(tokens["id_token"].as_str().unwrap())["sid"].as_str().unwrap().to_owned();
    let fields = [("form_token", token.as_str()), ("session_id", &sid), ("action", "end-session")];
    assert_eq!(mallory.post("/account", &fields).await.status, 303);
    assert_eq!(alice.get("/account").await.heading(), "Your account");
    let without = [("client_id", client_id.as_str()), ("consent_id", &consent_id), ("action", "disconnect")];
    alice.post("/account", &without).await.refused_page(403, "Please try that again");
    alice.post_from("cross-site", "/account", &without).await.refused_page(403, "This form came from another site");
    for action in ["", "nothing", "disconnect", "end-session"] {
        let fields = [("form_token", token.as_str()), ("action", action)];
        mallory.post("/account", &fields).await.refused_page(400, "This link does not work");
    }
}

#[tokio::test]
async fn its_buttons_work_despite_passing_database_faults() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let tokens = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        disconnect(&visitor, "Photo Album").await;
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await, "{trouble:?}");
    }
    visitor.approve(&client, &[]).await.code();
    let page = visitor.get("/account").await;
    driftwood.inject_fault("TransactWriteItems", Trouble::Throttled, 50);
    press(&visitor, &page, "disconnect", "Photo Album").await.refused_page(503, "Please try again in a moment");
    driftwood.clear_faults();
    assert_eq!(press(&visitor, &page, "disconnect", "Photo Album").await.status, 303);
    driftwood.post("contacts-list", json!({})).await.refused(401, "unauthorized");
}
