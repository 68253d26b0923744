//! Consent: approved, denied and remembered.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{PASSWORD, TestServer};

#[tokio::test]
async fn the_page_shows_the_client_its_scopes_and_the_redirect_host() {
    let driftwood = TestServer::start().await;
    let settings = json!({
        "name": "<b>Evil</b> & \"Co\"", "redirect_uris": ["https://evil-co.example/cb"], "scopes": ["contact_read", "contact_write"],
    });
    let client = driftwood.client(settings).await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", "contact_read")]).await;
    assert_eq!(page.heading(), "&lt;b&gt;Evil&lt;/b&gt; &amp; &quot;Co&quot; wants to access your account");
    assert!(page.text.contains("<strong>evil-co.example</strong>") && page.shows(&email));
    assert!(page.text.contains("Read your account’s contacts") && !page.text.contains("Create and change"));
    let native = json!({"name": "CLI", "redirect_uris": ["http://127.0.0.1/cb"], "scopes": ["openid"], "token_endpoint_auth_method": "none"});
    let native = driftwood.client(native).await;
    let more = [("scope", "openid"), ("redirect_uri", "http://127.0.0.1:5000/cb")];
    let page = visitor.authorize(&native, &more).await;
    assert!(page.text.contains("<strong>a program on this device</strong>"));
}

#[tokio::test]
async fn a_denial_is_returned_as_access_denied_and_nothing_else() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    client.answer(&visitor.submit(&page, &[("decision", "deny")]).await).refused("access_denied");
    visitor.allow(&page).await.refused_page(400, "You have already answered");
    assert!(visitor.get("/account").await.text.contains("No app has access"));
    let page = visitor.authorize(&client, &[]).await;
    assert_eq!(page.heading(), "Photo Album wants to access your account", "the user is asked again");
}

#[tokio::test]
async fn a_consent_is_remembered_for_the_approved_scopes_and_subsets() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[("scope", "openid profile contact_read")]).await.code();
    for scope in ["openid profile contact_read", "contact_read"] {
        let reply = visitor.get(&client.authorize_path(&[("scope", scope)])).await;
        client.answer(&reply).code();
        let silent = visitor.get(&client.authorize_path(&[("scope", scope), ("prompt", "none")])).await;
        client.answer(&silent).code();
    }
    let more = visitor.authorize(&client, &[("scope", "openid contact_write")]).await;
    assert_eq!(more.heading(), "Photo Album wants to access your account");
    let silent = visitor.get(&client.authorize_path(&[("scope", "contact_write"), ("prompt", "none")])).await;
    client.answer(&silent).refused("consent_required");
    client.answer(&visitor.allow(&more).await).code();
    let all = visitor.get(&client.authorize_path(&[("scope", "openid contact_read contact_write")])).await;
    client.answer(&all).code();
    let asked = visitor.authorize(&client, &[("prompt", "consent")]).await;
    assert_eq!(asked.heading(), "Photo Album wants to access your account");
}

#[tokio::test]
async fn a_consent_is_not_valid_for_a_changed_app() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    let change = json!({"id": client.app.id, "name": "Photo Album Pro"});
    driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await.result();
    let page = visitor.authorize(&client, &[]).await;
    assert_eq!(page.heading(), "Photo Album Pro wants to access your account");
}

#[tokio::test]
async fn a_consent_is_never_remembered_where_any_program_could_receive_the_response() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for uri in ["http://127.0.0.1/cb", "http://localhost:3000/cb", "com.example.app:/cb"] {
        let settings = json!({"name": "Native", "redirect_uris": [uri], "scopes": ["openid"], "token_endpoint_auth_method": "none"});
        let client = driftwood.client(settings).await;
        visitor.approve(&client, &[("scope", "openid")]).await.code();
        let again = visitor.authorize(&client, &[("scope", "openid")]).await;
        assert_eq!(again.heading(), "Native wants to access your account", "{uri}");
    }
}

#[tokio::test]
async fn a_second_click_and_the_back_button_get_a_page_and_no_second_code() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    client.answer(&visitor.allow(&page).await).code();
    visitor.allow(&page).await.refused_page(400, "You have already answered");
    let form = page.form();
    let id = &form.hidden.iter().find(|(name, _)| name == "authorization").unwrap().1;
    for page in ["continue", "consent", "sign-in", "register"] {
        let reply = visitor.get(&format!("/oauth2/authorize/{page}?authorization={id}")).await;
        reply.refused_page(400, "You have already answered");
    }
}

#[tokio::test]
async fn of_32_concurrent_decisions_on_one_request_exactly_one_succeeds() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    let answers = join_all((0..32).map(|n| {
        let (visitor, page) = (&visitor, &page);
        async move { visitor.submit(page, &[("decision", if n % 2 == 0 { "allow" } else { "deny" })]).await }
    }))
    .await;
    let (back, pages): (Vec<_>, Vec<_>) = answers.iter().partition(|reply| reply.leaves());
    assert_eq!((back.len(), pages.len()), (1, 31));
    pages.iter().for_each(|page| page.refused_page(400, "You have already answered"));
    let answer = client.answer(back[0]);
    let shown = visitor.get("/account").await.text.contains("Photo Album");
    assert_eq!(answer.0.contains_key("code"), shown, "the account page shows the same");
}

#[tokio::test]
async fn a_user_who_decides_too_late_can_start_again() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("nonce", "n0nce"), ("resource", &driftwood.server.url)]).await;
    driftwood.advance(3_600);
    let late = visitor.allow(&page).await;
    late.refused_page(400, "This took too long");
    let again = visitor.get(&late.link_to("/oauth2/authorize/again?")).await;
    let page = visitor.follow(again).await;
    let answer = client.answer(&visitor.allow(&page).await);
    assert_eq!(answer.0["state"], "st4te");
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!(crate::harness::claims(tokens["id_token"].as_str().unwrap())["nonce"], "n0nce");
    let gone = visitor.get("/oauth2/authorize/consent?authorization=0199aaaa-0000-7000-8000-000000000000").await;
    gone.refused_page(400, "This link is too old");
}

#[tokio::test]
async fn a_request_with_prompt_none_gets_a_code_or_an_error_at_once() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let silent = client.authorize_path(&[("prompt", "none")]);
    let anonymous = visitor.get(&silent).await;
    client.answer(&anonymous).refused("login_required");
    assert_eq!(anonymous.header("set-cookie"), "");
    let email = visitor.signed_up().await;
    client.answer(&visitor.get(&silent).await).refused("consent_required");
    visitor.approve(&client, &[]).await.code();
    client.answer(&visitor.get(&silent).await).code();
    driftwood.advance(120);
    let too_old = client.authorize_path(&[("prompt", "none"), ("max_age", "60")]);
    client.answer(&visitor.get(&too_old).await).refused("login_required");
    let page = visitor.authorize(&client, &[("max_age", "60")]).await;
    assert_eq!(page.heading(), "Sign in");
    client.answer(&visitor.sign_in(&page, &email, PASSWORD).await).code();
}

#[tokio::test]
async fn each_prompt_shows_its_page() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    let login = visitor.authorize(&client, &[("prompt", "login"), ("login_hint", "hint@example.com")]).await;
    assert_eq!(login.heading(), "Sign in");
    assert!(login.text.contains("hint@example.com") && !login.text.contains("go_on"));
    let form = login.form();
    let id = &form.hidden.iter().find(|(name, _)| name == "authorization").unwrap().1;
    let around = visitor.follow(visitor.get(&format!("/oauth2/authorize/consent?authorization={id}")).await).await;
    assert_eq!(around.heading(), "Sign in", "the sign-in cannot be skipped");
    client.answer(&visitor.sign_in(&login, &email, PASSWORD).await).code();
    let choice = visitor.authorize(&client, &[("prompt", "select_account")]).await;
    assert!(choice.shows(&email) && choice.text.contains("Or use another account"));
    let go_on = choice.forms().into_iter().find(|form| form.text.contains("go_on")).unwrap();
    let fields: Vec<_> = go_on.hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain([("go_on", "yes")]).collect();
    let reply = visitor.post(&go_on.action, &fields).await;
    client.answer(&visitor.follow(reply).await).code();
}
