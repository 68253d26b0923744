//! Responses to attempts: accepted once, in time, in the browser that began it, and from the provider alone.

use reqwest::Method;
use serde_json::json;

use super::users;
use crate::harness::{Forged, Reply};

const UNKNOWN: &str = "This link does not work";

async fn nothing_happened(forged: &Forged, reply: &Reply) {
    reply.refused_page(400, UNKNOWN);
    assert!(reply.headers.get_all("set-cookie").iter().all(|cookie| !cookie.to_str().unwrap().contains("dw-sid")));
    assert_eq!(users(&forged.driftwood).await, 0);
    assert!(forged.server.requests("/token").is_empty(), "no code was exchanged");
}

#[tokio::test]
async fn a_response_without_an_attempt_of_this_browser_does_nothing() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&forged.claims(&asked, "ada"));
    let state = asked.get("state").unwrap();
    let other = if let Some(rest) = state.strip_prefix('A') { format!("B{rest}") } else { format!("A{}", &state[1..]) };
    for query in [
        String::new(),
        format!("state={state}"),
        "code=c0de".to_owned(),
        "code=c0de&state=".to_owned(),
        "code=c0de&state=x".to_owned(),
        format!("code=c0de&state={other}"),
        format!("code=c0de&state={state}x"),
        format!("code=c0de&state={state}&state={state}"),
        format!("code=c0de&code=c0de&state={state}"),
        format!("code=c0de&error=access_denied&state={state}"),
        format!("code=&state={state}"),
        format!("code=c0de&state={state}&iss=a&iss=b"),
        "code=%ff&state=%00".to_owned(),
    ] {
        nothing_happened(&forged, &visitor.get(&format!("/oauth2/callback?{query}")).await).await;
    }
    // Another user's browser, with or without its own cookie: a planted response signs no user in.
    let victim = forged.driftwood.visitor();
    nothing_happened(&forged, &forged.come_back(&victim, &asked).await).await;
    victim.get("/oauth2/authorize/sign-in").await;
    nothing_happened(&forged, &forged.come_back(&victim, &asked).await).await;
    assert_eq!(visitor.get(&forged.come_back(&visitor, &asked).await.taken_to()).await.heading(), "Your account");
}

#[tokio::test]
async fn an_attempt_is_answered_once_and_in_time() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&forged.claims(&asked, "ada"));
    forged.driftwood.advance(600);
    forged.come_back(&visitor, &asked).await.refused_page(400, "Please try that again");
    let asked = forged.leave_anew(&visitor).await;
    forged.driftwood.advance(599);
    forged.vouch(&forged.claims(&asked, "ada"));
    forged.come_back(&visitor, &asked).await.taken_to();
    for more in [[("code", "c0de")], [("error", "access_denied")]] {
        let again = forged.come_back_with(&visitor, &asked, &more).await;
        again.refused_page(400, "Please try that again");
        assert_eq!(again.link_to("/account"), "/account", "a user who reloads can continue");
    }
    assert_eq!(forged.server.requests("/token").len(), 1);
    let asked = forged.leave_anew(&forged.driftwood.visitor()).await;
    let visitor = forged.driftwood.visitor();
    visitor.set_cookies(std::collections::BTreeMap::new());
    forged.come_back(&visitor, &asked).await.refused_page(400, UNKNOWN);
}

#[tokio::test]
async fn a_refusal_spends_an_attempt_as_a_code_does() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    forged
        .come_back_with(&visitor, &asked, &[("error", "access_denied")])
        .await
        .refused_page(400, "You are not signed in");
    forged.vouch(&forged.claims(&asked, "ada"));
    forged.come_back(&visitor, &asked).await.refused_page(400, "Please try that again");
    assert_eq!(users(&forged.driftwood).await, 0);
}

#[tokio::test]
async fn each_attempt_has_its_own_secrets_which_the_table_does_not_store() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let (one, two) = (forged.leave_anew(&visitor).await, forged.leave_anew(&visitor).await);
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(one.get(name), two.get(name), "{name}");
        assert_eq!(one.get(name).unwrap().len(), 43, "256 bits: {name}");
    }
    assert_eq!(one.get("code_challenge_method"), Some("S256"));
    assert_eq!((one.get("response_type"), one.get("scope")), (Some("code"), Some("openid profile email")));
    assert_eq!(one.get("client_id"), Some(crate::harness::CLIENT_ID));
    assert_eq!(one.get("redirect_uri").unwrap(), format!("{}/oauth2/callback", forged.driftwood.server.url));
    forged.vouch(&forged.claims(&one, "ada"));
    let items = format!("{:?}", forged.driftwood.items("Authorizations").await);
    forged.come_back(&visitor, &one).await.taken_to();
    let sent = forged.server.requests("/token").pop().unwrap();
    let body = sent.split("\r\n\r\n").nth(1).unwrap();
    let sent: std::collections::BTreeMap<_, _> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(crate::harness::challenge(&sent["code_verifier"]), one.get("code_challenge").unwrap());
    for secret in [one.get("state").unwrap(), one.get("nonce").unwrap(), &sent["code_verifier"]] {
        assert!(!items.contains(secret));
    }
    // The browser's cookie is stored as a hash, too.
    assert!(!items.contains(&visitor.cookies()["dw-browser"]));
}

#[tokio::test]
async fn the_response_has_to_be_the_providers_own() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let url = forged.server.url().to_owned();
    let other = [("code", "c0de"), ("iss", "https://evil.example")];
    let slash = format!("{url}/");
    let nearly = [("code", "c0de"), ("iss", slash.as_str())];
    for wrong in [other, nearly] {
        let asked = forged.leave_anew(&visitor).await;
        forged.vouch(&forged.claims(&asked, "ada"));
        forged.come_back_with(&visitor, &asked, &wrong).await.refused_page(502, "You are not signed in");
        assert!(forged.server.requests("/token").is_empty(), "its code is sent nowhere");
        // It was not the provider's response, so nothing was spent.
        forged.come_back_with(&visitor, &asked, &[("code", "c0de"), ("iss", &url)]).await.taken_to();
        forged.server.forget();
    }
    // A provider that announces the `iss` parameter must send it.
    forged.describe(&[("authorization_response_iss_parameter_supported", json!(true))]);
    forged.driftwood.advance(600);
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&forged.claims(&asked, "ada"));
    forged.come_back(&visitor, &asked).await.refused_page(502, "You are not signed in");
    forged.come_back_with(&visitor, &asked, &[("code", "c0de"), ("iss", &url)]).await.taken_to();
}

#[tokio::test]
async fn only_our_own_form_redirects_to_the_provider() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let form = page.forms().remove(0);
    let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(form.action, "/oauth2/authorize/upstream");
    visitor.post_from("cross-site", &form.action, &fields).await.refused_page(403, "This form came from another site");
    visitor.post(&form.action, &[]).await.refused_page(403, "Please try that again");
    driftwood.visitor().post(&form.action, &fields).await.refused_page(403, "Please try that again");
    // The token of the password form is not accepted.
    let other = page.form();
    let fields: Vec<_> = other.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(&form.action, &fields).await.refused_page(403, "Please try that again");
    visitor.get(&form.action).await.refused_page(405, "That does not work here");
    driftwood.send(Method::PUT, "/oauth2/callback", &[], "").await.refused_page(405, "That does not work here");
    assert_eq!(driftwood.count_items("Authorizations").await, 0);
}

#[tokio::test]
async fn without_a_provider_its_pages_do_not_exist() {
    let driftwood = crate::harness::TestServer::start().await;
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    assert!(!page.text.contains("Continue with") && page.forms().len() == 1);
    for path in ["/oauth2/callback?code=a&state=b", "/api/v1/auth/callback?code=a&state=b"] {
        visitor.get(path).await.refused_page(404, "Nothing here");
    }
    let fields = [("form_token", "x")];
    visitor.post("/oauth2/authorize/upstream", &fields).await.refused_page(404, "Nothing here");
}
