//! What developers read about ordinary mistakes: what was wrong, and what there is instead.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, Reply, TestServer};

const TOOLS: &str = "https://mcp.example.com/mcp";

/// The description of a refusal with this code.
#[track_caller]
fn described(reply: &Reply, status: u16, code: &str) -> String {
    reply.refused_oauth(status, code);
    reply.json()["error_description"].as_str().expect("a description").to_owned()
}

/// The description with which an authorization request comes back.
async fn returned(driftwood: &TestServer, client: &Client, more: &[(&str, &str)], code: &str) -> String {
    let answer = client.answer(&driftwood.visitor().in_frame(&client.authorize_path(more)).await);
    answer.refused(code);
    answer.0["error_description"].clone()
}

/// A client with all grants, and the scopes `openid contact_read`.
async fn client(driftwood: &TestServer) -> Client {
    let settings = json!({
        "name": "Web App", "redirect_uris": ["https://web.example/cb"], "scopes": ["openid", "contact_read"],
        "grant_types": [
            "authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
        ],
    });
    driftwood.client(settings).await
}

async fn own(driftwood: &TestServer, client: &Client, more: &[(&str, &str)]) -> Reply {
    let fields: Vec<_> = [("grant_type", "client_credentials")].iter().chain(more).copied().collect();
    client.token(driftwood, &fields).await
}

#[tokio::test]
async fn a_scope_that_the_app_may_not_have_is_named_at_every_endpoint() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let scope = [("scope", "contact_read gdpr_write")];
    let by_device = client.ask_with(&driftwood, &scope).await;
    let pushed = client.push(&driftwood, &scope).await;
    for description in [
        returned(&driftwood, &client, &scope, "invalid_scope").await,
        described(&own(&driftwood, &client, &scope).await, 400, "invalid_scope"),
        described(&by_device, 400, "invalid_scope"),
        described(&pushed, 400, "invalid_scope"),
    ] {
        let expected = "The app may not have the scope gdpr_write: add it to the app, or do not request it";
        assert_eq!(description, expected);
    }
}

#[tokio::test]
async fn a_scope_that_does_not_exist_is_refused_by_name_and_left_out_of_openid_requests_everywhere() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let scope = [("scope", "contact_read contact_raed")];
    for description in [
        returned(&driftwood, &client, &scope, "invalid_scope").await,
        described(&own(&driftwood, &client, &scope).await, 400, "invalid_scope"),
        described(&client.ask_with(&driftwood, &scope).await, 400, "invalid_scope"),
        described(&client.push(&driftwood, &scope).await, 400, "invalid_scope"),
    ] {
        assert_eq!(description, "There is no scope named contact_raed");
    }
    let openid = [("scope", "openid contact_read contact_raed")];
    assert_eq!(client.push(&driftwood, &openid).await.status, 201);
    assert_eq!(client.ask_with(&driftwood, &openid).await.status, 200);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &openid).await.code().to_owned();
    let tokens = client.exchange(&driftwood, &code).await.json();
    assert_eq!(tokens["scope"], "openid contact_read");
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let refresh = |scope| [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", scope)];
    let unknown = client.token(&driftwood, &refresh("contact_raed")).await;
    assert_eq!(described(&unknown, 400, "invalid_scope"), "There is no scope named contact_raed");
    let wider = client.token(&driftwood, &refresh("contact_read gdpr_read")).await;
    assert!(described(&wider, 400, "invalid_scope").starts_with("gdpr_read was not granted"));
    let narrowed = client.token(&driftwood, &refresh("openid contact_raed")).await;
    assert_eq!(narrowed.json()["scope"], "openid", "{}", narrowed.text);
}

#[tokio::test]
async fn what_needs_a_user_is_not_granted_to_an_app_that_acts_for_itself() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let tokens = own(&driftwood, &client, &[]).await.json();
    assert_eq!(tokens["scope"], "contact_read", "openid is left out of all that the app has");
    let asked = own(&driftwood, &client, &[("scope", "openid contact_read")]).await;
    assert_eq!(described(&asked, 400, "invalid_scope"), "client_credentials has no user, and openid needs one");
    let only = driftwood.client(json!({"name": "Job", "scopes": ["openid", "email"]})).await;
    let nothing = described(&own(&driftwood, &only, &[]).await, 400, "invalid_scope");
    assert!(nothing.contains("only scopes that need one: openid email"), "{nothing}");
    let unlimited = driftwood.client(json!({"name": "Job"})).await;
    own(&driftwood, &unlimited, &[("scope", "openid")]).await.refused_oauth(400, "invalid_scope");
    assert_eq!(own(&driftwood, &unlimited, &[]).await.json().get("scope"), None);

    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    for method in [Method::GET, Method::POST] {
        let userinfo = driftwood.send(method, "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
        assert!(described(&userinfo, 403, "access_denied").contains("needs a user's token"));
        assert_eq!(userinfo.header("www-authenticate"), "", "no other scope would help");
    }
}

#[tokio::test]
async fn a_wrong_resource_is_named_and_where_the_operator_lists_them() {
    let driftwood = TestServer::start_with(&[("Resources", TOOLS)]).await;
    let client = client(&driftwood).await;
    let resource = [("resource", "https://mcp.example.com/mpc")];
    for description in [
        returned(&driftwood, &client, &resource, "invalid_target").await,
        described(&own(&driftwood, &client, &resource).await, 400, "invalid_target"),
        described(&client.ask_with(&driftwood, &resource).await, 400, "invalid_target"),
        described(&client.push(&driftwood, &resource).await, 400, "invalid_target"),
    ] {
        let expected =
            "There is no resource https://mcp.example.com/mpc: the operator lists the APIs in the parameter Resources";
        assert_eq!(description, expected);
    }
    let long = format!("https://a.example/{}", "\"x".repeat(5_000));
    let cut = described(&own(&driftwood, &client, &[("resource", &long)]).await, 400, "invalid_target");
    assert!(cut.len() < 350 && !cut.contains('"'), "{cut}");

    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[("scope", "openid contact_read")]).await.code().to_owned();
    let other = client.exchange_with(&driftwood, &code, &[("resource", TOOLS)]).await;
    let expected = format!("The grant is for our own API, not for {TOOLS}: ask the user again, with this resource");
    assert_eq!(described(&other, 400, "invalid_target"), expected);
    assert_eq!(client.exchange(&driftwood, &code).await.status, 200, "the code was not spent");
}

#[tokio::test]
async fn an_audience_without_a_resource_is_not_ignored() {
    let resources = format!("{TOOLS} Tools [client_credentials=any]");
    let driftwood = TestServer::start_with(&[("Resources", &resources)]).await;
    let client = client(&driftwood).await;
    let audience = [("audience", TOOLS)];
    for description in [
        returned(&driftwood, &client, &audience, "invalid_request").await,
        described(&own(&driftwood, &client, &audience).await, 400, "invalid_request"),
        described(&client.ask_with(&driftwood, &audience).await, 400, "invalid_request"),
        described(&client.push(&driftwood, &audience).await, 400, "invalid_request"),
    ] {
        assert_eq!(description, "audience is not supported: name the API in resource (RFC 8707)");
    }
    let both = own(&driftwood, &client, &[("audience", TOOLS), ("resource", TOOLS)]).await;
    assert_eq!(both.status, 200, "{}", both.text);
}

#[tokio::test]
async fn an_error_leads_to_the_explanation_of_its_code() {
    let driftwood = TestServer::start().await;
    let client = client(&driftwood).await;
    let at = |code: &str| format!("{}/docs/errors#{code}", driftwood.server.url);
    let nothing = own(&driftwood, &client, &[("scope", "nothing_such")]).await;
    assert_eq!(nothing.json()["error_uri"], at("invalid_scope"));
    let unknown = driftwood.token_form(&[], "grant_type=client_credentials&client_id=x&client_secret=x").await;
    assert_eq!(unknown.json()["error_uri"], at("invalid_client"));
    let nowhere = driftwood.get("/oauth2/nowhere").await;
    assert_eq!(nowhere.json()["error_uri"], at("invalid_request"));
    let silent = [("prompt", "none"), ("scope", "openid")];
    let answer = client.answer(&driftwood.visitor().in_frame(&client.authorize_path(&silent)).await);
    answer.refused("login_required");
    assert_eq!(answer.0["error_uri"], at("login_required"));
    let posted = [silent[0], silent[1], ("response_mode", "form_post")];
    let form = driftwood.visitor().in_frame(&client.authorize_path(&posted)).await.form();
    assert!(form.hidden.contains(&("error_uri".to_owned(), at("login_required"))), "{:?}", form.hidden);
}

#[tokio::test]
async fn a_malformed_basic_header_is_called_that() {
    let driftwood = TestServer::start().await;
    for header in ["Basic", "Basic !!!", "Basic bm8gY29sb24=", "Bearer dw_cs_x"] {
        let reply = driftwood.token_form(&[("authorization", header)], "grant_type=client_credentials").await;
        let description = described(&reply, 401, "invalid_client");
        assert!(description.contains("not valid HTTP Basic"), "{header}: {description}");
        assert!(reply.header("www-authenticate").starts_with("Basic realm="), "{header}");
    }
}

#[tokio::test]
async fn a_wrong_grant_type_says_which_there_are_and_which_the_app_has() {
    let driftwood = TestServer::start().await;
    let client = driftwood.client(json!({"name": "Web", "redirect_uris": ["https://app.example/cb"]})).await;
    let unknown = client.token(&driftwood, &[("grant_type", "password")]).await;
    let expected = "grant_type must be one of authorization_code, refresh_token, client_credentials, urn:ietf:params:oauth:grant-type:device_code";
    assert_eq!(described(&unknown, 400, "unsupported_grant_type"), expected);
    let wrong = own(&driftwood, &client, &[]).await;
    let expected =
        "The client is not registered for the grant type client_credentials; it has authorization_code, refresh_token";
    assert_eq!(described(&wrong, 400, "unauthorized_client"), expected);
    let job =
        json!({"name": "Job", "redirect_uris": ["https://job.example/cb"], "grant_types": ["client_credentials"]});
    let description = returned(&driftwood, &driftwood.client(job).await, &[], "unauthorized_client").await;
    assert!(description.ends_with("authorization_code; it has client_credentials"), "{description}");
}
