//! How a browser gets back to the app: no form of ours starts a chain that leaves us, because browsers would follow it only
//! to the origins that the form's page allows.

use crate::harness::{PASSWORD, Reply, TestServer};

/// Asserts that a page takes the browser on by itself.
#[track_caller]
fn assert_page(reply: &Reply, to: &str) {
    let address = reply.taken_to();
    assert!(address.starts_with(to), "{address}");
    assert!(reply.header("content-security-policy").contains("form-action 'self';"), "no form of it leads away");
}

#[tokio::test]
async fn an_answer_behind_a_form_is_a_page_that_goes_on_by_itself() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    assert!(page.header("content-security-policy").contains("form-action 'self';"));
    assert_page(&visitor.allow(&page).await, "https://album.example/cb?code=");
    let page = visitor.authorize(&client, &[("prompt", "login")]).await;
    assert_page(&visitor.sign_in(&page, &email, PASSWORD).await, "https://album.example/cb?code=");
    let page = visitor.authorize(&client, &[("prompt", "consent")]).await;
    let denied = visitor.submit(&page, &[("decision", "deny")]).await;
    assert_page(&denied, "https://album.example/cb?error=access_denied");
}

#[tokio::test]
async fn an_answer_to_the_apps_own_link_is_a_redirect() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    for more in [&[][..], &[("prompt", "none")], &[("response_type", "token")]] {
        assert_eq!(visitor.get(&client.authorize_path(more)).await.status, 303, "{more:?}");
    }
    // A pushed request that may show no page can be in a frame, too.
    let pushed = client.push(&driftwood, &[("prompt", "none")]).await.json();
    let reply = visitor.get(&client.pushed_path(pushed["request_uri"].as_str().unwrap())).await;
    assert_eq!(visitor.follow(reply).await.status, 303);
}

#[tokio::test]
async fn starting_again_demands_what_the_app_demanded() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    let pushed = client.push(&driftwood, &[("prompt", "login"), ("nonce", "n0nce")]).await.json();
    let reply = visitor.get(&client.pushed_path(pushed["request_uri"].as_str().unwrap())).await;
    let page = visitor.follow(reply).await;
    assert_eq!(page.heading(), "Sign in");
    driftwood.advance(3_600);
    let late = visitor.sign_in(&page, &email, PASSWORD).await;
    late.refused_page(400, "This took too long");
    let link = late.link_to("/oauth2/authorize/again?");
    let (_, query) = link.split_once('?').unwrap();
    assert!(query.strip_prefix("authorization=").is_some_and(|id| id.len() == 36), "an id only: {link}");
    let page = visitor.follow(visitor.get(&link).await).await;
    assert_eq!(page.heading(), "Sign in", "never a code at once");
    let answer = client.answer(&visitor.sign_in(&page, &email, PASSWORD).await);
    assert_eq!(answer.0["state"], "st4te");
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!(crate::harness::claims(tokens["id_token"].as_str().unwrap())["nonce"], "n0nce");
}

#[tokio::test]
async fn only_an_authorization_that_expired_starts_again() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    let form = page.form();
    let id = &form.hidden.iter().find(|(name, _)| name == "authorization").unwrap().1;
    let again = format!("/oauth2/authorize/again?authorization={id}");
    let same = visitor.follow(visitor.get(&again).await).await;
    assert!(same.form().hidden.iter().any(|(_, value)| value == id), "an open one continues");
    client.answer(&visitor.allow(&page).await).code();
    visitor.get(&again).await.refused_page(400, "You have already answered");
    for unknown in ["", "?authorization=x", "?authorization=0199aaaa-0000-7000-8000-000000000000"] {
        let reply = visitor.get(&format!("/oauth2/authorize/again{unknown}")).await;
        reply.refused_page(400, "This link is too old");
    }
}
