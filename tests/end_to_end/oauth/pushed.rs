//! `POST /oauth2/par`, and the authorization of a pushed request

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::client::standing::Standing;

use crate::harness::{Client, PASSWORD, Reply, TestServer, Trouble, Visitor};

const GONE: &str = "This connection no longer exists";
const BROKEN: &str = "This link does not work";

/// Pushes a request and returns its `request_uri`.
async fn pushed(driftwood: &TestServer, client: &Client, more: &[(&str, &str)]) -> String {
    let reply = client.push(driftwood, more).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json()["request_uri"].as_str().expect("a request_uri").to_owned()
}

/// Opens a pushed request of the client, up to the first page.
async fn visit(visitor: &Visitor<'_>, client: &Client, request_uri: &str) -> Reply {
    let reply = visitor.get(&client.pushed_path(request_uri)).await;
    visitor.follow(reply).await
}

#[tokio::test]
async fn a_pushed_request_gets_an_unguessable_request_uri() {
    let driftwood = TestServer::start().await;
    for client in [driftwood.web_app().await, driftwood.spa().await] {
        let reply = client.push(&driftwood, &[]).await;
        let answer = reply.json();
        assert_eq!(reply.status, 201);
        assert!(reply.header("content-type").starts_with("application/json"));
        assert_eq!((reply.header("cache-control"), reply.header("access-control-allow-origin")), ("no-store", "*"));
        assert_eq!((answer.as_object().unwrap().len(), &answer["expires_in"]), (2, &json!(90)));
        let name = answer["request_uri"].as_str().unwrap();
        let random = name.strip_prefix("urn:ietf:params:oauth:request_uri:").expect("the form of RFC 9126");
        assert!(random.len() >= 43, "256 bits: {random}");
        assert_ne!(pushed(&driftwood, &client, &[]).await, name);
    }
}

#[tokio::test]
async fn the_address_has_only_the_client_id_and_the_request_uri() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    let more = [("nonce", "n0nce"), ("scope", "openid contact_read"), ("resource", driftwood.server.url.as_str())];
    let name = pushed(&driftwood, &client, &more).await;
    let sign_in = visit(&visitor, &client, &name).await;
    assert_eq!(sign_in.heading(), "Sign in");
    let (_, consent) = visitor.register(&sign_in).await;
    assert_eq!(consent.heading(), "Web App wants to access your account");
    let answer = client.answer(&visitor.allow(&consent).await);
    assert_eq!(answer.0["state"], "st4te");
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!(tokens["scope"], "openid contact_read");
    assert_eq!(crate::harness::claims(tokens["id_token"].as_str().unwrap())["nonce"], "n0nce");
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn parameters_beside_the_request_uri_are_ignored() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let name = pushed(&driftwood, &client, &[("scope", "openid")]).await;
    let beside = "&scope=contact_write&state=evil&redirect_uri=https%3A%2F%2Fevil.example&response_type=token&prompt=none\
                  &code_challenge=x&response_mode=form_post&request=eyJ&state=twice";
    let page = visitor.follow(visitor.get(&format!("{}{beside}", client.pushed_path(&name))).await).await;
    assert!(!page.text.contains("Create and change"), "the scope that was pushed");
    let answer = client.answer(&visitor.allow(&page).await);
    assert_eq!(answer.0["state"], "st4te");
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!(tokens["scope"], "openid");
}

#[tokio::test]
async fn the_address_can_be_reloaded_until_it_is_answered_and_not_after() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let name = pushed(&driftwood, &client, &[]).await;
    let first = visit(&visitor, &client, &name).await;
    let second = visit(&visitor, &client, &name).await;
    assert_eq!(first.form().hidden[1..], second.form().hidden[1..], "the same authorization");
    client.answer(&visitor.allow(&first).await).code();
    visitor.allow(&second).await.refused_page(400, "You have already answered");
    visit(&visitor, &client, &name).await.refused_page(400, "You have already answered");
    let name = pushed(&driftwood, &client, &[("prompt", "consent")]).await;
    let page = visit(&visitor, &client, &name).await;
    client.answer(&visitor.submit(&page, &[("decision", "deny")]).await).refused("access_denied");
    visit(&visitor, &client, &name).await.refused_page(400, "You have already answered");
}

#[tokio::test]
async fn of_32_visits_of_one_address_at_most_one_brings_a_code() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    let name = pushed(&driftwood, &client, &[]).await;
    let replies = join_all((0..32).map(|_| visit(&visitor, &client, &name))).await;
    let (back, pages): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.leaves());
    assert_eq!((back.len(), pages.len()), (1, 31));
    client.answer(back[0]).code();
    pages.iter().for_each(|page| page.refused_page(400, "You have already answered"));
}

#[tokio::test]
async fn a_request_uri_that_is_expired_unknown_or_another_clients_is_an_error_page() {
    let driftwood = TestServer::start().await;
    let (client, other) = (driftwood.web_app().await, driftwood.spa().await);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let name = pushed(&driftwood, &client, &[]).await;
    driftwood.advance(89);
    assert_eq!(visit(&visitor, &client, &name).await.heading(), "Web App wants to access your account");
    visitor.get(&other.pushed_path(&name)).await.refused_page(400, BROKEN);
    let of_other = pushed(&driftwood, &other, &[]).await;
    visitor.get(&client.pushed_path(&of_other)).await.refused_page(400, BROKEN);
    for unknown in [format!("urn:ietf:params:oauth:request_uri:{}", "A".repeat(43)), format!("{name}x")] {
        let reply = visitor.get(&client.pushed_path(&unknown)).await;
        assert_ne!(reply.status, 303, "{unknown}");
        reply.refused_page(400, BROKEN);
    }
    let unknown_client =
        client.pushed_path(&name).replace(&client.app.client_id, "dw_ci_01890a5dac96774bbcceb302099a8057");
    visitor.get(&unknown_client).await.refused_page(400, GONE);
    driftwood.advance(1);
    visitor.get(&client.pushed_path(&name)).await.refused_page(400, BROKEN);
}

#[tokio::test]
async fn a_request_that_was_opened_in_time_may_be_answered_later() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visit(&visitor, &client, &pushed(&driftwood, &client, &[]).await).await;
    driftwood.advance(600);
    client.answer(&visitor.allow(&page).await).code();
}

#[tokio::test]
async fn no_other_request_uri_is_ever_fetched_or_accepted() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    for uri in ["https://internal.example/request", "http://127.0.0.1/", "urn:example:x", "x"] {
        let plain = driftwood.visitor().get(&client.authorize_path(&[("request_uri", uri)])).await;
        client.answer(&plain).refused("request_uri_not_supported");
        let alone = driftwood.visitor().get(&client.pushed_path(uri)).await;
        client.answer(&alone).refused("request_uri_not_supported");
    }
    let name = pushed(&driftwood, &client, &[]).await;
    let twice = format!("{}&request_uri=x", client.pushed_path(&name));
    let reply = driftwood.visitor().get(&twice).await;
    client.answer(&reply).refused("invalid_request");
}

/// Asserts that the client gets the error as JSON, and that nothing is stored.
async fn assert_refused(driftwood: &TestServer, reply: Reply, code: &str, before: usize, case: &str) {
    assert_eq!(reply.status, 400, "{case}: {}", reply.text);
    reply.refused_oauth(400, code);
    assert_eq!(driftwood.count_authorizations().await, before, "{case}");
}

#[tokio::test]
async fn every_mistake_is_reported_at_once_and_nothing_is_stored() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let before = driftwood.count_authorizations().await;
    let name = format!("urn:ietf:params:oauth:request_uri:{}", "A".repeat(43));
    let long = "x".repeat(129);
    for (more, code) in [
        (vec![("redirect_uri", "https://evil.example/cb")], "invalid_request"),
        (vec![("redirect_uri", "https://album.example/cb/")], "invalid_request"),
        (vec![("redirect_uri", "javascript:alert(1)")], "invalid_request"),
        (vec![("request_uri", name.as_str())], "invalid_request"),
        (vec![("request_uri", "https://internal.example")], "invalid_request"),
        (vec![("request", "eyJ")], "request_not_supported"),
        (vec![("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", long.as_str())], "invalid_request"),
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_type", "")], "invalid_request"),
        (vec![("scope", "gdpr_write")], "invalid_scope"),
        (vec![("scope", "nothing_such")], "invalid_scope"),
        (vec![("scope", "contact_read \"x\"")], "invalid_scope"),
        (vec![("prompt", "none login")], "invalid_request"),
        (vec![("prompt", "none create")], "invalid_request"),
        (vec![("max_age", "-1")], "invalid_request"),
        (vec![("response_mode", "fragment")], "invalid_request"),
        (vec![("resource", "https://unknown.example")], "invalid_target"),
        (vec![("resource", "relative")], "invalid_target"),
    ] {
        let reply = client.push(&driftwood, &more).await;
        assert_refused(&driftwood, reply, code, before, &format!("{more:?}")).await;
    }
    let request = client.request(&[]);
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&request).finish();
    for twice in
        ["scope=openid", "state=x", "nonce=1&nonce=2", "redirect_uri=x", "client_id=x", "prompt=login&prompt=login"]
    {
        let reply = driftwood.form("/oauth2/par", &[], &format!("{form}&{twice}")).await;
        assert_refused(&driftwood, reply, "invalid_request", before, twice).await;
    }
    let two = format!("{form}&resource={0}&resource=https%3A%2F%2Fx.example", driftwood.server.url);
    assert_refused(&driftwood, driftwood.form("/oauth2/par", &[], &two).await, "invalid_target", before, "two").await;
    let machine = json!({"name": "Job", "redirect_uris": ["https://job.example/cb"], "grant_types": ["client_credentials"], "scopes": ["openid"]});
    let machine = driftwood.client(machine).await;
    let reply = machine.push(&driftwood, &[("scope", "openid")]).await;
    assert_refused(&driftwood, reply, "unauthorized_client", before, "a client without codes").await;
}

#[tokio::test]
async fn a_confidential_client_must_authenticate() {
    let driftwood = TestServer::start().await;
    let (client, spa) = (driftwood.web_app().await, driftwood.spa().await);
    let form =
        |client: &Client| form_urlencoded::Serializer::new(String::new()).extend_pairs(client.request(&[])).finish();
    let path = "/oauth2/par";
    driftwood.form(path, &[], &form(&client)).await.refused_oauth(401, "invalid_client");
    let wrong = format!("{}&client_secret=dw_cs_wrong", form(&client));
    driftwood.form(path, &[], &wrong).await.refused_oauth(401, "invalid_client");
    let needless = format!("{}&client_secret=x", form(&spa));
    driftwood.form(path, &[], &needless).await.refused_oauth(401, "invalid_client");
    let program = crate::harness::Program { client_secret: "dw_cs_wrong".to_owned(), ..client.app.clone() };
    let by_header = driftwood.form(path, &[("authorization", &program.basic())], &form(&client)).await;
    by_header.refused_oauth(401, "invalid_client");
    assert!(by_header.header("www-authenticate").starts_with("Basic realm="));
    let of_spa = driftwood.form(path, &[("authorization", &client.app.basic())], &form(&spa)).await;
    of_spa.refused_oauth(400, "invalid_request");
    let unknown_client = form(&spa).replace(&spa.app.client_id, "dw_ci_01890a5dac96774bbcceb302099a8057");
    driftwood.form(path, &[], &unknown_client).await.refused_oauth(401, "invalid_client");
    let post = format!("{}&client_secret={}", form(&client), client.app.client_secret);
    assert_eq!(driftwood.form(path, &[], &post).await.status, 201);
    assert_eq!(driftwood.count_authorizations().await, 1);
}

#[tokio::test]
async fn requests_must_be_posted_forms() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(client.request(&[])).finish();
    let get = driftwood.get(&format!("/oauth2/par?{form}")).await;
    get.refused_oauth(405, "invalid_request");
    assert_eq!(get.header("allow"), "POST, OPTIONS");
    driftwood.form(&format!("/oauth2/par?{form}"), &[], &form).await.refused_oauth(400, "invalid_request");
    let fields: Value = client.request(&[]).into_iter().map(|(name, value)| (name, json!(value))).collect();
    let headers = [("content-type", "application/json")];
    let in_json = driftwood.send(Method::POST, "/oauth2/par", &headers, fields.to_string()).await;
    in_json.refused_oauth(415, "invalid_request");
    let long = format!("{form}&x={}", "x".repeat(70_000));
    driftwood.form("/oauth2/par", &[], &long).await.refused_oauth(413, "invalid_request");
    assert_eq!(driftwood.count_authorizations().await, 0);
}

#[tokio::test]
async fn prompt_none_gets_a_response_or_an_error_at_once() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    driftwood.review(&client, Standing::Reviewed).await;
    let visitor = driftwood.visitor();
    let silent = async || {
        let name = pushed(&driftwood, &client, &[("prompt", "none")]).await;
        client.answer(&visit(&visitor, &client, &name).await)
    };
    silent().await.refused("login_required");
    let email = visitor.signed_up().await;
    silent().await.refused("consent_required");
    let page = visit(&visitor, &client, &pushed(&driftwood, &client, &[]).await).await;
    client.answer(&visitor.allow(&page).await).code();
    assert_eq!(client.exchange(&driftwood, silent().await.code()).await.status, 200);
    let name = pushed(&driftwood, &client, &[]).await;
    client.answer(&visit(&visitor, &client, &name).await).code();
    let name = pushed(&driftwood, &client, &[("prompt", "login")]).await;
    let page = visit(&visitor, &client, &name).await;
    assert_eq!(page.heading(), "Sign in");
    client.answer(&visitor.sign_in(&page, &email, PASSWORD).await).code();
}

#[tokio::test]
async fn a_client_that_was_revoked_meanwhile_is_refused() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let name = pushed(&driftwood, &client, &[]).await;
    let developer = &client.developer.access_token;
    driftwood.post_as(developer, "oauth-apps-revoke", json!({"id": client.app.id})).await.result();
    visitor.get(&client.pushed_path(&name)).await.refused_page(400, GONE);
}

#[tokio::test]
async fn a_client_gets_no_code_for_what_it_lost_meanwhile() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for change in [json!({"redirect_uris": ["https://moved.example/cb"]}), json!({"scopes": ["openid"]})] {
        let client = driftwood.web_app().await;
        let (opened, unopened) =
            (pushed(&driftwood, &client, &[]).await, pushed(&driftwood, &client, &[("prompt", "none")]).await);
        let page = visit(&visitor, &client, &opened).await;
        let mut body = change.clone();
        body["id"] = json!(client.app.id);
        driftwood.post_as(&client.developer.access_token, "oauth-apps-update", body).await.result();
        visitor.allow(&page).await.refused_page(400, BROKEN);
        for name in [&opened, &unopened] {
            visit(&visitor, &client, name).await.refused_page(400, BROKEN);
        }
        assert!(!visitor.get("/account").await.shows("Web App"), "{change}");
    }
}

#[tokio::test]
async fn faults_of_the_database_lose_nothing() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        driftwood.inject_fault("PutItem", trouble, 1);
        let name = pushed(&driftwood, &client, &[("prompt", "consent")]).await;
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        driftwood.inject_fault("PutItem", trouble, 1);
        let page = visit(&visitor, &client, &name).await;
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        client.answer(&visitor.allow(&page).await).code();
    }
    for operation in ["BatchGetItem", "PutItem"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let refused = client.push(&driftwood, &[]).await;
        refused.refused_oauth(503, "temporarily_unavailable");
        assert_eq!(refused.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0);
    }
    let name = pushed(&driftwood, &client, &[("prompt", "consent")]).await;
    for operation in ["BatchGetItem", "PutItem"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        visit(&visitor, &client, &name).await.refused_page(503, "Please try again in a moment");
        assert!(driftwood.clear_faults() > 0);
    }
    let page = visit(&visitor, &client, &name).await;
    client.answer(&visitor.allow(&page).await).code();
}
