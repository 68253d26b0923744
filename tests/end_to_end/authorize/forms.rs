//! Forms that this server did not show in this browser to this user.

use crate::harness::{Client, Reply, TestServer, Visitor};

async fn at_consent<'d>(driftwood: &'d TestServer, client: &Client) -> (Visitor<'d>, Reply) {
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(client, &[]).await;
    (visitor, page)
}

fn fields<'f>(page: &'f [(String, String)], token: Option<&'f str>) -> Vec<(&'f str, &'f str)> {
    let hidden =
        page.iter().filter(|(name, _)| name != "form_token").map(|(name, value)| (name.as_str(), value.as_str()));
    hidden.chain(token.map(|token| ("form_token", token))).chain([("decision", "allow")]).collect()
}

async fn codes(driftwood: &TestServer) -> usize {
    driftwood.count_authorizations().await
}

#[tokio::test]
async fn a_consent_without_a_valid_form_token_has_no_effect() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (alice, page) = at_consent(&driftwood, &client).await;
    let (_, others) = at_consent(&driftwood, &client).await;
    let before = codes(&driftwood).await;
    let (form, others) = (page.form(), others.form());
    let theirs = others.hidden.iter().find(|(name, _)| name == "form_token").unwrap().1.as_str();
    let long = "A".repeat(5_000);
    for token in [None, Some("x"), Some(theirs), Some(long.as_str())] {
        let refused = alice.post(&form.action, &fields(&form.hidden, token)).await;
        refused.refused_page(403, "Please try that again");
    }
    // Another user's authorization with the form token of this user.
    let own = form.hidden.iter().find(|(name, _)| name == "form_token").unwrap().1.as_str();
    alice.post(&others.action, &fields(&others.hidden, Some(own))).await.refused_page(403, "Please try that again");
    for site in ["cross-site", "same-site", "none"] {
        let refused = alice.post_from(site, &form.action, &fields(&form.hidden, Some(own))).await;
        refused.refused_page(403, "This form came from another site");
    }
    assert_eq!(codes(&driftwood).await, before, "no code, no consent");
    client.answer(&alice.allow(&page).await).code();
}

#[tokio::test]
async fn an_old_browser_is_checked_by_its_origin() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (alice, page) = at_consent(&driftwood, &client).await;
    let form = page.form();
    let own = form.hidden.iter().find(|(name, _)| name == "form_token").unwrap().1.as_str();
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields(&form.hidden, Some(own))).finish();
    fn headers(origin: &str) -> [(&str, &str); 2] {
        [("content-type", "application/x-www-form-urlencoded"), ("origin", origin)]
    }
    let send = async |origin: &str| {
        let headers = headers(origin);
        alice.send(reqwest::Method::POST, &form.action, &headers, body.clone()).await
    };
    send("https://evil.example").await.refused_page(403, "This form came from another site");
    assert!(send("null").await.leaves(), "a page without referrers sends `null`");
}

#[tokio::test]
async fn a_lost_cookie_is_a_page_with_a_link_to_continue() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (alice, page) = at_consent(&driftwood, &client).await;
    alice.forget("dw-browser");
    let refused = alice.allow(&page).await;
    refused.refused_page(403, "Please try that again");
    let page = alice.follow(alice.get(&refused.link_to("/oauth2/authorize/continue")).await).await;
    client.answer(&alice.allow(&page).await).code();

    let (alice, page) = at_consent(&driftwood, &client).await;
    alice.set_cookies(Default::default());
    let refused = alice.allow(&page).await;
    refused.refused_page(403, "Please try that again");
    let page = alice.follow(alice.get(&refused.link_to("/oauth2/authorize/continue")).await).await;
    assert_eq!(page.heading(), "Sign in");
}

#[tokio::test]
async fn a_sign_in_form_of_another_browser_signs_no_user_in() {
    let driftwood = TestServer::start().await;
    let mallory = driftwood.visitor();
    let page = mallory.get("/oauth2/authorize/sign-in").await;
    let attacker = driftwood.alice().await;
    let victim = driftwood.visitor();
    victim.get("/oauth2/authorize/sign-in").await;
    let refused = victim.sign_in(&page, &attacker.email, crate::harness::PASSWORD).await;
    refused.refused_page(403, "Please try that again");
    assert!(!victim.cookies().contains_key("dw-sid"));
}

#[tokio::test]
async fn an_invalid_form_body_is_refused_with_a_page() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    for path in
        ["/oauth2/authorize/sign-in", "/oauth2/authorize/register", "/oauth2/authorize/consent", "/oauth2/logout"]
    {
        let json =
            visitor.send(reqwest::Method::POST, path, &[("content-type", "application/json")], "{}".into()).await;
        json.refused_page(415, "That does not work here");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let broken = visitor.send(reqwest::Method::POST, path, &headers, "email=%ff".into()).await;
        broken.refused_page(400, "This link does not work");
        let twice = visitor.send(reqwest::Method::POST, path, &headers, "email=a&email=b".into()).await;
        twice.refused_page(400, "This link does not work");
        let long = visitor.send(reqwest::Method::POST, path, &headers, format!("email={}", "x".repeat(70_000))).await;
        long.refused_page(413, "That was too much at once");
    }
    visitor.post("/oauth2/authorize/consent", &[("decision", "allow")]).await.refused_page(400, "This link is too old");
}
