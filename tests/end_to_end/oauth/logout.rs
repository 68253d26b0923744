//! `GET,POST /oauth2/logout`

use serde_json::{Value, json};
use shared::domain::client::standing::Standing;

use super::metadata::{kid, kids, rotate};
use crate::harness::{Client, TestServer, Trouble, Visitor};

const SIGN_IN: &str = "/oauth2/authorize/sign-in";
const BYE: &str = "https://album.example/bye";

async fn client(driftwood: &TestServer) -> Client {
    let settings = json!({
        "name": "Photo Album", "redirect_uris": ["https://album.example/cb"], "token_endpoint_auth_method": "none",
        "post_logout_redirect_uris": [BYE], "scopes": ["openid", "contact_read", "offline_access"],
    });
    driftwood.client(settings).await
}

async fn connected(visitor: &Visitor<'_>, client: &Client, scope: &str) -> Value {
    let answer = visitor.approve(client, &[("scope", scope)]).await;
    client.exchange(visitor.driftwood, answer.code()).await.json()
}

fn path(parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/oauth2/logout?{query}")
}

async fn is_signed_in(visitor: &Visitor<'_>) -> bool {
    visitor.get("/account").await.header("location") != SIGN_IN
}

#[tokio::test]
async fn an_app_with_an_id_token_hint_signs_the_user_out_and_gets_the_browser_back() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = connected(&visitor, &client, "openid contact_read").await;
    // The age of the ID token does not matter.
    driftwood.advance(4_000);
    let hint = tokens["id_token"].as_str().unwrap();
    let reply =
        visitor.get(&path(&[("id_token_hint", hint), ("post_logout_redirect_uri", BYE), ("state", "a&b")])).await;
    assert_eq!((reply.status, reply.header("location")), (303, "https://album.example/bye?state=a%26b"));
    assert!(!is_signed_in(&visitor).await && !visitor.cookies().contains_key("dw-sid"));
    assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.refused_oauth(400, "invalid_grant");
    let again = visitor.get(&path(&[("id_token_hint", hint), ("post_logout_redirect_uri", BYE)])).await;
    assert_eq!(again.heading(), "You are signed out", "no session is left to sign out");
    assert_eq!((again.header("refresh"), again.link_to(BYE).as_str()), ("", BYE), "no operator vouches for the app");
    driftwood.review(&client, Standing::Reviewed).await;
    let again = visitor.get(&path(&[("id_token_hint", hint), ("post_logout_redirect_uri", BYE)])).await;
    assert_eq!((again.status, again.header("location")), (303, BYE));
}

#[tokio::test]
async fn offline_access_outlives_the_sign_out() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let offline = connected(&visitor, &client, "openid contact_read offline_access").await;
    let elsewhere = driftwood.visitor();
    elsewhere.signed_up().await;
    let others = connected(&elsewhere, &client, "openid contact_read").await;
    let hint = offline["id_token"].as_str().unwrap();
    assert_eq!(visitor.get(&path(&[("id_token_hint", hint)])).await.heading(), "You are signed out");
    assert_eq!(client.refresh(&driftwood, offline["refresh_token"].as_str().unwrap()).await.status, 200);
    assert!(is_signed_in(&elsewhere).await && driftwood.is_alive(others["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn without_a_valid_hint_the_user_is_asked() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let (alice, bob) = (driftwood.visitor(), driftwood.visitor());
    alice.signed_up().await;
    bob.signed_up().await;
    let bobs = connected(&bob, &client, "openid").await;
    let forged = format!("{}x", bobs["id_token"].as_str().unwrap());
    for parameters in [
        vec![],
        vec![("client_id", client.app.client_id.as_str())],
        vec![("id_token_hint", bobs["id_token"].as_str().unwrap())],
        vec![("id_token_hint", forged.as_str())],
        vec![("id_token_hint", bobs["access_token"].as_str().unwrap())],
    ] {
        let page = alice.get(&path(&parameters)).await;
        assert_eq!(page.heading(), "Sign out?", "{parameters:?}");
        assert!(is_signed_in(&alice).await);
    }
    let page = alice
        .get(&path(&[("client_id", &client.app.client_id), ("post_logout_redirect_uri", BYE), ("state", "s")]))
        .await;
    assert!(page.header("content-security-policy").contains("form-action 'self';"));
    assert!(page.text.contains("and then you go to <strong>album.example</strong>"), "{}", page.text);
    let form = page.form();
    let fields: Vec<_> = form.hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    alice.post_from("cross-site", &form.action, &fields).await.refused_page(403, "This form came from another site");
    bob.post(&form.action, &fields).await.refused_page(403, "Please try that again");
    let reply = alice.post(&form.action, &fields).await;
    assert_eq!(reply.taken_to(), "https://album.example/bye?state=s");
    assert!(!is_signed_in(&alice).await && is_signed_in(&bob).await);
}

#[tokio::test]
async fn a_browser_is_redirected_to_registered_uris_only() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = connected(&visitor, &client, "openid").await;
    let hint = tokens["id_token"].as_str().unwrap();
    for bad in [
        "https://evil.example/",
        "https://album.example/bye?x",
        "https://album.example/bye/",
        "https://album.example/cb",
        "javascript:alert(1)",
    ] {
        for parameters in [
            vec![("id_token_hint", hint), ("post_logout_redirect_uri", bad)],
            vec![("client_id", client.app.client_id.as_str()), ("post_logout_redirect_uri", bad)],
            vec![("post_logout_redirect_uri", bad)],
        ] {
            visitor.get(&path(&parameters)).await.refused_page(400, "This link does not work");
        }
    }
    visitor.get(&path(&[("post_logout_redirect_uri", BYE)])).await.refused_page(400, "This link does not work");
    let other = [("id_token_hint", hint), ("client_id", "dw_ci_00000000000000000000000000000000")];
    visitor.get(&path(&other)).await.refused_page(400, "This link does not work");
    assert!(is_signed_in(&visitor).await);
}

#[tokio::test]
async fn a_hint_outlives_the_rotation_of_the_keys_as_long_as_a_session_can() {
    const MONTH: u64 = 30 * 86_400;
    let driftwood = TestServer::start().await;
    let (client, foreign) = (client(&driftwood).await, driftwood.spa().await);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = connected(&visitor, &client, "openid").await;
    let hint = tokens["id_token"].as_str().unwrap();
    for (month, name) in ["one", "two", "three"].iter().enumerate() {
        rotate(&driftwood, name).await;
        driftwood.advance(6 * 3_600 + 301);
        assert!(!kids(&driftwood).await.contains(&kid(hint)), "it is not in the JWKS any longer");
        // It is known to be another client's; a hint that cannot be verified would count as absent.
        let elsewhere = driftwood.visitor().get(&foreign.authorize_path(&[("id_token_hint", hint)])).await;
        foreign.answer(&elsewhere).refused("invalid_request");
        if month == 0 {
            let reply = visitor.get(&path(&[("id_token_hint", hint), ("post_logout_redirect_uri", BYE)])).await;
            assert_eq!((reply.status, reply.header("location")), (303, BYE), "the hint proves which session is meant");
            assert!(!is_signed_in(&visitor).await);
        }
        driftwood.advance(MONTH - 6 * 3_600 - 301);
    }
    let stored = stored_kids(&driftwood).await;
    assert!(stored.contains(&kid(hint)), "ninety days");
    driftwood.advance(86_400);
    rotate(&driftwood, "four").await;
    assert!(!stored_kids(&driftwood).await.contains(&kid(hint)), "no session of then is left");
}

/// The ids of the keys that are stored, and in no JWKS.
async fn stored_kids(driftwood: &TestServer) -> Vec<String> {
    let items = driftwood.items("Keys").await;
    let retired = items[0]["retired"].as_l().unwrap().iter();
    retired.map(|key| key.as_m().unwrap()["kid"].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn a_hint_that_cannot_be_verified_still_names_its_app_and_the_user_confirms() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = connected(&visitor, &client, "openid").await;
    let forged = format!("{}x", tokens["id_token"].as_str().unwrap());
    let asked = [("id_token_hint", forged.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
    let page = visitor.get(&path(&asked)).await;
    assert_eq!(page.heading(), "Sign out?");
    assert!(page.shows("Photo Album"), "{}", page.text);
    assert!(is_signed_in(&visitor).await);
    let reply = visitor.submit(&page, &[]).await;
    assert_eq!(reply.taken_to(), "https://album.example/bye?state=s");
    assert!(!is_signed_in(&visitor).await);
    visitor.signed_up().await;
    // A client_id is more than a claim of the hint, and an address of another app stays refused.
    let other = [("id_token_hint", forged.as_str()), ("post_logout_redirect_uri", "https://evil.example/")];
    visitor.get(&path(&other)).await.refused_page(400, "This link does not work");
    let unknown = visitor.get(&path(&[("id_token_hint", "rubbish"), ("post_logout_redirect_uri", BYE)])).await;
    unknown.refused_page(400, "This link does not work");
    assert!(unknown.shows("It is not known which app sent you here"), "{}", unknown.text);
    let there = visitor.get(&unknown.link_to("/oauth2/logout")).await;
    assert_eq!(there.heading(), "Sign out?");
}

#[tokio::test]
async fn items_of_earlier_versions_without_former_keys_are_read_and_rotated() {
    let driftwood = TestServer::start().await;
    let mut item = driftwood.items("Keys").await.remove(0);
    item.remove("retired").expect("the attribute");
    driftwood.put_item("Keys", item).await;
    driftwood.advance(301);
    let client = client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = connected(&visitor, &client, "openid").await;
    rotate(&driftwood, "one").await;
    driftwood.advance(6 * 3_600 + 301);
    rotate(&driftwood, "two").await;
    driftwood.advance(301);
    let reply = visitor.get(&path(&[("id_token_hint", tokens["id_token"].as_str().unwrap())])).await;
    assert_eq!(reply.heading(), "You are signed out");
}

#[tokio::test]
async fn a_posted_request_continues_as_a_get() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = connected(&visitor, &client, "openid").await;
    let fields = [("id_token_hint", tokens["id_token"].as_str().unwrap()), ("post_logout_redirect_uri", BYE)];
    let reply = visitor.post_from("cross-site", "/oauth2/logout", &fields).await;
    assert!(reply.header("location").starts_with("/oauth2/logout?id_token_hint="));
    assert_eq!(visitor.follow(reply).await.header("location"), BYE);
    assert!(!is_signed_in(&visitor).await);
}

#[tokio::test]
async fn an_interrupted_sign_out_is_finished_by_the_next() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = connected(&visitor, &client, "openid contact_read").await;
    let page = visitor.get("/oauth2/logout").await;
    driftwood.inject_fault("Query", Trouble::Throttled, 50);
    visitor.submit(&page, &[]).await.refused_page(503, "Please try again in a moment");
    driftwood.clear_faults();
    assert!(!is_signed_in(&visitor).await);
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "You are signed out");
    assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
}
