//! `/api/v1`: the management API.

mod apps;
mod commands;
mod config;
mod me;
mod templates;
mod webhooks;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Alice, Client, PASSWORD, Reply, TestServer, Visitor};

pub const APPS: &str = "/api/v1/apps";
pub const MERGE_PATCH: (&str, &str) = ("content-type", "application/merge-patch+json");

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a string: {value}"))
}

/// Calls the API with a token, or with none if it is empty; `null` means no body.
pub async fn call(driftwood: &TestServer, token: &str, method: Method, path: &str, body: Value) -> Reply {
    call_with(driftwood, token, method, path, &[], body).await
}

/// The same with more headers.
pub async fn call_with(
    driftwood: &TestServer,
    token: &str,
    method: Method,
    path: &str,
    more: &[(&str, &str)],
    body: Value,
) -> Reply {
    let bearer = format!("Bearer {token}");
    let mut headers = more.to_vec();
    if !token.is_empty() {
        headers.push(("authorization", &bearer));
    }
    if !body.is_null() && more.iter().all(|(name, _)| *name != "content-type") {
        headers.push(("content-type", "application/json"));
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    driftwood.send(method, path, &headers, body).await
}

pub async fn get(driftwood: &TestServer, token: &str, path: &str) -> Reply {
    call(driftwood, token, Method::GET, path, Value::Null).await
}

/// Creates an app by the management API.
pub async fn create(driftwood: &TestServer, token: &str, settings: Value) -> Value {
    let reply = call(driftwood, token, Method::POST, APPS, settings).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json()
}

/// A client credentials token of a new app of the user's account with these scopes; an empty list means every scope.
pub async fn own_token(driftwood: &TestServer, alice: &Alice, scopes: Value) -> String {
    let program = driftwood.program(alice, json!({"name": "Job", "scopes": scopes})).await;
    text(&driftwood.program_token(&program).await.result()["access_token"]).to_owned()
}

/// A client that may ask users for every scope that the management API needs.
pub async fn manager(driftwood: &TestServer) -> Client {
    let scopes = json!(["openid", "profile", "email", "user_read", "app_read", "app_write", "contact_read"]);
    let settings = json!({"name": "Manager", "redirect_uris": ["https://manager.example/cb"], "scopes": scopes});
    driftwood.client(settings).await
}

/// A browser in which the user is signed in.
pub async fn browser<'d>(driftwood: &'d TestServer, alice: &Alice) -> Visitor<'d> {
    let browser = driftwood.visitor();
    browser.sign_in(&browser.get("/oauth2/authorize/sign-in").await, &alice.email, PASSWORD).await;
    browser
}

/// The tokens of a user's consent to these scopes.
pub async fn consented(driftwood: &TestServer, alice: &Alice, client: &Client, scope: &str) -> Value {
    let answer = browser(driftwood, alice).await.approve(client, &[("scope", scope)]).await;
    client.exchange(driftwood, answer.code()).await.json()
}

/// Every kind of caller of one account: by each grant, with the access of its token.
pub struct Callers {
    pub alice: Alice,
    /// By each way to get a token: those that may read and change, those that may only read, and those that may neither.
    pub writers: Vec<(&'static str, String)>,
    pub readers: Vec<(&'static str, String)>,
    pub others: Vec<(&'static str, String)>,
}

pub async fn callers(driftwood: &TestServer) -> Callers {
    callers_of(driftwood, driftwood.alice().await).await
}

async fn callers_of(driftwood: &TestServer, alice: Alice) -> Callers {
    let client = manager(driftwood).await;
    let delegated = |scope: &'static str| {
        let (alice, client) = (&alice, &client);
        async move { text(&consented(driftwood, alice, client, scope).await["access_token"]).to_owned() }
    };
    let own = |scopes: Value| own_token(driftwood, &alice, scopes);
    let writers = vec![
        ("a user", alice.access_token.clone()),
        ("an app without scopes", own(json!([])).await),
        ("an app", own(json!(["app_read", "app_write"])).await),
        ("a user's app", delegated("app_read app_write").await),
    ];
    let readers = vec![("an app", own(json!(["app_read"])).await), ("a user's app", delegated("app_read").await)];
    let others =
        vec![("an app", own(json!(["contact_read"])).await), ("a user's app", delegated("openid contact_read").await)];
    Callers { alice, writers, readers, others }
}

/// Makes every call of the API, for tests that look at what the functions do.
pub async fn every_call(driftwood: &TestServer, alice: &Alice) {
    let Callers { writers, .. } = callers_of(driftwood, alice.clone()).await;
    for (_, token) in writers {
        let app = create(driftwood, &token, json!({"name": "New"})).await;
        let own = format!("{APPS}/{}", text(&app["id"]));
        let config = format!("{own}/config");
        for path in ["/api/v1/me", "/api/v1/templates", APPS, &own, &config] {
            assert_eq!(get(driftwood, &token, path).await.status, 200, "{path}");
        }
        assert_eq!(call(driftwood, &token, Method::PATCH, &config, json!({"name": "Newer"})).await.status, 200);
        for command in ["rotate_secret", "disable", "enable", "revoke_tokens"] {
            let reply =
                call(driftwood, &token, Method::POST, &format!("{own}/commands"), json!({"command": command})).await;
            assert_eq!(reply.status, 200, "{command}: {}", reply.text);
        }
        every_call_of_webhooks(driftwood, &token, &own).await;
        assert_eq!(call(driftwood, &token, Method::DELETE, &own, Value::Null).await.status, 204);
    }
}

/// Every call of an app's webhooks.
async fn every_call_of_webhooks(driftwood: &TestServer, token: &str, app: &str) {
    let all = format!("{app}/webhooks");
    let body = json!({"url": "https://machine.example/receiver", "types": ["order.*"]});
    let webhook = call(driftwood, token, Method::POST, &all, body).await.json();
    let one = format!("{all}/{}", text(&webhook["id"]));
    for (method, path, body, status) in [
        (Method::GET, all.clone(), Value::Null, 200),
        (Method::POST, format!("{one}/test"), Value::Null, 202),
        (Method::POST, format!("{one}/resend"), json!({"since": "2000-01-01T00:00:00Z", "which": "all"}), 202),
        (Method::GET, one.clone(), Value::Null, 200),
        (Method::PATCH, one.clone(), json!({"types": ["*"]}), 200),
        (Method::POST, format!("{one}/secret"), Value::Null, 200),
        (Method::DELETE, one.clone(), Value::Null, 204),
    ] {
        let reply = call(driftwood, token, method.clone(), &path, body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text);
    }
}

#[tokio::test]
async fn without_a_token_every_protected_operation_refuses_and_names_the_metadata() {
    let driftwood = TestServer::start().await;
    let program = driftwood.program(&driftwood.alice().await, json!({"name": "Job"})).await;
    let own = format!("{APPS}/{}", program.id);
    let filled = |path: &str| path.replace("{appId}", &program.id).replace("{webhookId}", &program.id);
    for (method, path) in PROTECTED.into_iter().map(|(method, path)| (method, filled(path))) {
        for (token, code) in [("", "unauthorized"), ("rubbish", "invalid_token"), ("two words", "invalid_token")] {
            let reply = call(&driftwood, token, method.clone(), &path, Value::Null).await;
            reply.refused_resource(401, code);
            let challenge = reply.header("www-authenticate");
            let metadata =
                format!("resource_metadata=\"{}/.well-known/oauth-protected-resource\"", driftwood.server.url);
            assert!(challenge.starts_with("Bearer ") && challenge.contains(&metadata), "{challenge}");
        }
    }
    assert_eq!(get(&driftwood, "", &own).await.status, 401);
}

/// Every protected operation.
pub const PROTECTED: [(Method, &str); 16] = [
    (Method::GET, "/api/v1/me"),
    (Method::GET, "/api/v1/apps"),
    (Method::POST, "/api/v1/apps"),
    (Method::GET, "/api/v1/apps/{appId}"),
    (Method::DELETE, "/api/v1/apps/{appId}"),
    (Method::GET, "/api/v1/apps/{appId}/config"),
    (Method::PATCH, "/api/v1/apps/{appId}/config"),
    (Method::POST, "/api/v1/apps/{appId}/commands"),
    (Method::GET, "/api/v1/apps/{appId}/webhooks"),
    (Method::POST, "/api/v1/apps/{appId}/webhooks"),
    (Method::GET, "/api/v1/apps/{appId}/webhooks/{webhookId}"),
    (Method::PATCH, "/api/v1/apps/{appId}/webhooks/{webhookId}"),
    (Method::DELETE, "/api/v1/apps/{appId}/webhooks/{webhookId}"),
    (Method::POST, "/api/v1/apps/{appId}/webhooks/{webhookId}/secret"),
    (Method::POST, "/api/v1/apps/{appId}/webhooks/{webhookId}/test"),
    (Method::POST, "/api/v1/apps/{appId}/webhooks/{webhookId}/resend"),
];

/// The paths with their methods.
const ROUTES: [(&str, &str); 11] = [
    ("/api/v1/me", "GET, HEAD, OPTIONS"),
    ("/api/v1/templates", "GET, HEAD, OPTIONS"),
    ("/api/v1/apps", "GET, HEAD, POST, OPTIONS"),
    ("/api/v1/apps/{appId}", "GET, HEAD, DELETE, OPTIONS"),
    ("/api/v1/apps/{appId}/config", "GET, HEAD, PATCH, OPTIONS"),
    ("/api/v1/apps/{appId}/commands", "POST, OPTIONS"),
    ("/api/v1/apps/{appId}/webhooks", "GET, HEAD, POST, OPTIONS"),
    ("/api/v1/apps/{appId}/webhooks/{webhookId}", "GET, HEAD, PATCH, DELETE, OPTIONS"),
    ("/api/v1/apps/{appId}/webhooks/{webhookId}/secret", "POST, OPTIONS"),
    ("/api/v1/apps/{appId}/webhooks/{webhookId}/test", "POST, OPTIONS"),
    ("/api/v1/apps/{appId}/webhooks/{webhookId}/resend", "POST, OPTIONS"),
];

#[tokio::test]
async fn every_route_has_its_methods_and_says_which() {
    let driftwood = TestServer::start().await;
    for (path, allowed) in ROUTES {
        let id = "0199a1b2-0000-7000-8000-000000000001";
        let path = path.replace("{appId}", id).replace("{webhookId}", id);
        let asked = [("origin", "https://app.example"), ("access-control-request-method", "GET")];
        let reply = driftwood.send(Method::OPTIONS, &path, &asked, "").await;
        assert_eq!((reply.status, reply.header("allow")), (204, allowed), "{path}");
        assert_eq!(reply.header("access-control-allow-methods"), allowed, "{path}");
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD] {
            if !allowed.contains(method.as_str()) {
                let reply = driftwood.send(method.clone(), &path, &[], "").await;
                assert_eq!((reply.status, reply.header("allow")), (405, allowed), "{method} {path}");
            }
        }
        driftwood.send(Method::PUT, &path, &[], "").await.refused_resource(405, "method_not_allowed");
    }
    driftwood.get("/api/v1/nothing").await.refused_resource(404, "not_found");
    driftwood.get("/api/v1/apps/x/y/z").await.refused_resource(404, "not_found");
}

#[tokio::test]
async fn a_token_for_another_api_is_refused() {
    let driftwood = TestServer::start_with(&[("Resources", "https://api.example [client_credentials=any]")]).await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let headers = [("authorization", program.basic())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let form = "grant_type=client_credentials&resource=https%3A%2F%2Fapi.example";
    let token = driftwood.token_form(&headers, form).await.json();
    for path in ["/api/v1/me", APPS] {
        get(&driftwood, text(&token["access_token"]), path).await.refused_resource(401, "invalid_token");
    }
}
