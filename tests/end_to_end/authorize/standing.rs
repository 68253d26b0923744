//! Who vouches for a client: the operator, and no other party.

use serde_json::json;
use shared::domain::client::standing::Standing;

use crate::harness::{Client, PASSWORD, TestServer, Visitor};

const UNVERIFIED: &str = "This app is not verified.";

async fn app(driftwood: &TestServer, method: &str, redirect_uri: &str) -> Client {
    let settings = json!({
        "name": "Photo Album", "redirect_uris": [redirect_uri], "token_endpoint_auth_method": method,
        "scopes": ["openid", "contact_read"],
    });
    driftwood.client(settings).await
}

/// What a signed-in user gets for a second request after they allowed a first one.
async fn second(visitor: &Visitor<'_>, client: &Client) -> crate::harness::Reply {
    visitor.approve(client, &[("scope", "openid")]).await.code();
    visitor.authorize(client, &[("scope", "openid")]).await
}

#[tokio::test]
async fn the_operators_own_app_needs_no_consent_and_is_on_the_account_page() {
    let driftwood = TestServer::start().await;
    let client = driftwood.unreviewed_spa().await;
    driftwood.review(&client, Standing::FirstParty).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let reply = visitor.get(&client.authorize_path(&[])).await;
    let tokens = client.exchange(&driftwood, client.answer(&reply).code()).await.json();
    assert_eq!(tokens["scope"], "openid profile email contact_read");
    let silent = visitor.get(&client.authorize_path(&[("prompt", "none")])).await;
    client.answer(&silent).code();
    // The user ends it like any other.
    crate::account::disconnect(&visitor, "Photo Album").await;
    assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    let asked = visitor.authorize(&client, &[("prompt", "consent")]).await;
    assert!(asked.text.contains("This is an app of <strong>Driftwood</strong>"), "{}", asked.text);
}

#[tokio::test]
async fn a_deployment_names_the_operators_own_apps_by_parameter() {
    let driftwood = TestServer::start().await;
    let id = driftwood.unreviewed_spa().await.app.client_id;
    let by_name = driftwood.server.apps["oauth-authorize"].config.first_party_clients.is_empty();
    assert!(by_name, "none is, unless it is named: {id}");
    let names = format!("{id}, https://notes.example/client.json");
    let named = TestServer::start_with(&[("FirstPartyClients", &names)]).await;
    assert_eq!(named.server.apps["oauth-authorize"].config.first_party_clients.len(), 2);
}

#[tokio::test]
async fn an_own_program_that_another_could_replace_needs_a_click_and_no_consent() {
    let driftwood = TestServer::start().await;
    let client = app(&driftwood, "none", "com.example.album:/cb").await;
    driftwood.review(&client, Standing::FirstParty).await;
    let visitor = driftwood.visitor();
    let page = visitor.authorize(&client, &[("scope", "openid")]).await;
    let email = driftwood.alice().await.email;
    client.answer(&visitor.sign_in(&page, &email, PASSWORD).await).code();
    let silent = visitor.get(&client.authorize_path(&[("scope", "openid"), ("prompt", "none")])).await;
    client.answer(&silent).refused("interaction_required");
    let page = visitor.authorize(&client, &[("scope", "openid")]).await;
    let go_on = page.forms().into_iter().find(|form| form.text.contains("go_on")).expect("a button");
    let fields: Vec<_> = go_on.hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain([("go_on", "yes")]).collect();
    let reply = visitor.post(&go_on.action, &fields).await;
    client.answer(&visitor.follow(reply).await).code();
}

#[tokio::test]
async fn an_unreviewed_app_is_remembered_only_if_it_proves_itself() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for (method, redirect_uri, is_remembered) in [
        ("client_secret_basic", "https://album.example/cb", true),
        ("client_secret_basic", "http://127.0.0.1:3000/cb", true),
        ("client_secret_basic", "https://localhost:3000/cb", true),
        ("client_secret_basic", "com.example.album:/cb", false),
        ("none", "https://album.example/cb", false),
        ("none", "http://127.0.0.1:3000/cb", false),
        ("none", "https://localhost:3000/cb", false),
    ] {
        let client = app(&driftwood, method, redirect_uri).await;
        let reply = second(&visitor, &client).await;
        assert_eq!(reply.leaves(), is_remembered, "{method} {redirect_uri}");
        assert!(is_remembered || reply.text.contains(UNVERIFIED), "{}", reply.text);
        driftwood.review(&client, Standing::Reviewed).await;
        let reply = second(&visitor, &client).await;
        let is_only_its = is_remembered || redirect_uri == "https://album.example/cb";
        assert_eq!(reply.leaves(), is_only_its, "reviewed: {method} {redirect_uri}");
        assert!(!reply.text.contains(UNVERIFIED), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_review_counts_for_the_app_as_it_was() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    assert!(page.text.contains("<strong>Driftwood</strong> has reviewed this app"), "{}", page.text);
    let tokens = client.exchange(&driftwood, client.answer(&visitor.allow(&page).await).code()).await.json();
    let change = json!({"id": client.app.id, "redirect_uris": ["https://album.example/cb", "https://evil.example/cb"]});
    driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await.result();
    let page = visitor.authorize(&client, &[("redirect_uri", "https://evil.example/cb")]).await;
    assert!(page.text.contains(UNVERIFIED), "{}", page.text);
    let silent = visitor.get(&client.authorize_path(&[("prompt", "none")])).await;
    assert!(!silent.leaves(), "no operator vouches for it, and the user did not agree to it as it is: {}", silent.text);
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await, "what it was given before stays");
}

#[tokio::test]
async fn the_developer_is_told_that_an_app_is_their_own() {
    let driftwood = TestServer::start().await;
    let client = driftwood.unreviewed_spa().await;
    let developer = driftwood.visitor();
    let page = developer.authorize(&client, &[]).await;
    let page = developer.sign_in(&page, &client.developer.email, PASSWORD).await;
    assert!(page.text.contains("This is an app of <strong>your own account</strong>"), "{}", page.text);
    assert!(!page.text.contains(UNVERIFIED));
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    assert!(page.text.contains(UNVERIFIED) && page.text.contains("who has an account here and made it on"));
}

#[tokio::test]
async fn a_browser_goes_to_an_unreviewed_app_with_an_error_only_if_its_user_says_so() {
    let driftwood = TestServer::start().await;
    let client = driftwood.unreviewed_spa().await;
    const BROKEN: &str = "This link does not work";
    for (more, heading) in [
        (vec![("response_type", "token")], BROKEN),
        (vec![("scope", "gdpr_write")], BROKEN),
        (vec![("prompt", "none")], "Go back to the app?"),
    ] {
        let (stranger, user) = (driftwood.visitor(), driftwood.visitor());
        user.signed_up().await;
        for visitor in [&stranger, &user] {
            let page = visitor.get(&client.authorize_path(&more)).await;
            page.refused_page(400, heading);
            let link = page.link_to("https://album.example/cb?error=");
            assert!(link.contains("state=st4te") && page.text.contains("Go to album.example"), "{}", page.text);
        }
        // A page in a frame is never shown, and the address bar stays that of the app.
        let framed = stranger.in_frame(&client.authorize_path(&more)).await;
        assert!(client.answer(&framed).0.contains_key("error"));
        // Once the user agreed to the app, it is no stranger to them.
        user.approve(&client, &[]).await.code();
        assert!(client.answer(&user.get(&client.authorize_path(&more)).await).0.contains_key("error"));
        // In a form there is no link that the app would understand.
        let form = [&more[..], &[("response_mode", "form_post")]].concat();
        let page = stranger.get(&client.authorize_path(&form)).await;
        page.refused_page(400, heading);
        assert!(!page.text.contains("href=\"https://album.example"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_program_gets_its_errors_and_no_stranger_does_by_a_scheme() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let program = app(&driftwood, "none", "http://127.0.0.1/cb").await;
    let reply = visitor.get(&program.authorize_path(&[("response_type", "token")])).await;
    program.answer(&reply).refused("unsupported_response_type");
    let scheme = app(&driftwood, "none", "com.example.album:/cb").await;
    let page = visitor.get(&scheme.authorize_path(&[("response_type", "token")])).await;
    page.refused_page(400, "This link does not work");
    page.link_to("com.example.album:/cb?error=unsupported_response_type");
}

#[tokio::test]
async fn a_pushed_request_or_a_form_leads_no_stranger_away_either() {
    let driftwood = TestServer::start().await;
    let client = driftwood.unreviewed_spa().await;
    let pushed = async || {
        let pushed = client.push(&driftwood, &[("prompt", "none")]).await.json();
        client.pushed_path(pushed["request_uri"].as_str().unwrap())
    };
    let stranger = driftwood.visitor();
    let page = stranger.follow(stranger.get(&pushed().await).await).await;
    page.refused_page(400, "Go back to the app?");
    page.link_to("https://album.example/cb?error=login_required");
    let request = client.request(&[("prompt", "none")]);
    let fields: Vec<_> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let posted = stranger.post_from("cross-site", "/oauth2/authorize", &fields).await;
    stranger.follow(posted).await.refused_page(400, "Go back to the app?");
    // Who agreed to the app is sent back to it.
    let user = driftwood.visitor();
    user.signed_up().await;
    user.approve(&client, &[]).await.code();
    let reply = user.follow(user.get(&pushed().await).await).await;
    client.answer(&reply).refused("consent_required");
    assert_eq!(reply.status, 303, "a frame shows no page of ours");
}
