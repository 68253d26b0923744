//! HTTP at its edges: what is read before a caller is known, and what every response looks like on its way out.

use std::sync::Arc;

use lambda_http::http::header::{LINK, SET_COOKIE, VARY, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use reqwest::Method;
use serde_json::{Value, json};
use shared::app::App;
use shared::http::error::api::ApiError;
use shared::http::{Request, Response, reply};
use shared::lambda::Endpoint;

use crate::harness::{Client, DEVICE_GRANT, TestServer};

const CLIENT_ENDPOINTS: [&str; 5] =
    ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/par", "/oauth2/device_authorization"];

#[tokio::test]
async fn a_form_with_too_many_parameters_or_resources_is_refused_before_the_client_is_known() {
    let driftwood = TestServer::start().await;
    let resources = "&resource=a".repeat(5_900);
    driftwood.calls();
    for path in CLIENT_ENDPOINTS {
        for (more, limit) in [
            (resources.as_str(), "64 parameters"),
            (&"&x=1".repeat(64), "64 parameters"),
            (&"&resource=a".repeat(9), "8 resources"),
        ] {
            let reply = driftwood.form(path, &[], &format!("grant_type=client_credentials{more}")).await;
            let error = reply.refused_oauth(400, "invalid_request");
            assert!(error["error_description"].as_str().unwrap().contains(limit), "{path}: {error}");
        }
    }
    assert_eq!(driftwood.calls(), [], "nothing was read");
    let client = driftwood.spa().await;
    let path = client.authorize_path(&[]);
    for more in ["&resource=a".repeat(9), "&x=1".repeat(64)] {
        driftwood.visitor().get(&format!("{path}{more}")).await.refused_page(400, "This link does not work");
    }
    let most = "&resource=".repeat(8);
    let page = driftwood.visitor().get(&format!("{path}{most}")).await;
    assert_eq!(page.status, 303, "those that no client needs may be sent: {}", page.text);
}

#[tokio::test]
async fn what_is_stored_of_a_request_is_bounded_and_the_error_names_it() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (long, too_long) = ("s".repeat(2_048), "s".repeat(2_049));
    for name in ["state", "nonce", "login_hint"] {
        let before = driftwood.count_authorizations().await;
        let answer = client.answer(&driftwood.visitor().in_frame(&client.authorize_path(&[(name, &too_long)])).await);
        answer.refused("invalid_request");
        assert_eq!(answer.0["error_description"], format!("{name} must have at most 2048 bytes; it has 2049"));
        let returned = if name == "state" { None } else { Some("st4te") };
        assert_eq!(answer.0.get("state").map(String::as_str), returned, "what is too long is not returned either");
        client.push(&driftwood, &[(name, &too_long)]).await.refused_oauth(400, "invalid_request");
        assert_eq!(driftwood.count_authorizations().await, before);
        assert_eq!(driftwood.visitor().authorize(&client, &[(name, &long)]).await.heading(), "Sign in", "{name}");
        assert_eq!(client.push(&driftwood, &[(name, &long)]).await.status, 201, "{name}");
    }
}

#[tokio::test]
async fn an_authorization_that_waits_for_a_user_lives_an_hour_and_is_small() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let long = "s".repeat(2_048);
    let stored = [("state", long.as_str()), ("nonce", long.as_str()), ("login_hint", long.as_str())];
    let now = driftwood.clock.now().as_seconds();
    driftwood.visitor().authorize(&client, &stored).await;
    let items = driftwood.items_of("Authorizations", "authorization").await;
    let [item] = items.as_slice() else { panic!("{items:?}") };
    let number = |name: &str| item[name].as_n().unwrap().parse::<i64>().unwrap() - now;
    assert_eq!([number("ends_at"), number("expires_at")], [3_600, 7_200], "a late user gets a page that explains");
    let bytes = format!("{item:?}").len();
    assert!(bytes < 8 * 1_024, "{bytes} bytes");
}

/// Clients with a secret that is wrong, sent by HTTP Basic.
async fn with_wrong_secret(driftwood: &TestServer) -> Client {
    let mut client = driftwood.web_app().await;
    client.app.client_secret = "dw_cs_wrong".to_owned();
    client
}

#[tokio::test]
async fn a_challenge_comes_with_401_and_never_with_429() {
    let driftwood = TestServer::start_with(&[("ClientLimit", "1")]).await;
    for path in CLIENT_ENDPOINTS {
        let client = with_wrong_secret(&driftwood).await;
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("token", "x")];
        let wrong = client.call(&driftwood, path, &form).await;
        wrong.refused_oauth(401, "invalid_client");
        assert!(wrong.header("www-authenticate").starts_with("Basic "), "{path}");
        let limited = client.call(&driftwood, path, &form).await;
        limited.refused_oauth(429, "temporarily_unavailable");
        assert!(!limited.headers.contains_key("www-authenticate"), "{path}");
        assert!(limited.headers.contains_key("retry-after"), "{path}");
    }
}

#[tokio::test]
async fn a_device_that_polls_is_slowed_down_and_never_gets_a_429() {
    let driftwood = TestServer::start_with(&[("ClientLimit", "1")]).await;
    let client = with_wrong_secret(&driftwood).await;
    let poll = [("grant_type", DEVICE_GRANT), ("device_code", "x")];
    client.token(&driftwood, &poll).await.refused_oauth(401, "invalid_client");
    for _ in 0..3 {
        let reply = client.token(&driftwood, &poll).await;
        reply.refused_oauth(400, "slow_down");
        assert!(!reply.headers.contains_key("www-authenticate"));
        assert!(reply.headers.contains_key("retry-after"), "how long it has to wait");
    }
}

#[tokio::test]
async fn a_token_that_lacks_a_scope_is_told_all_that_it_needs_together() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(&client, &[("scope", "openid profile contact_read")]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    let refused = driftwood.post_as(token, "contacts-create", json!({"email": "c@example.com"})).await;
    refused.refused(403, "insufficient_scope");
    let challenge = refused.header("www-authenticate");
    assert!(challenge.contains("scope=\"openid profile contact_read contact_write\""), "{challenge}");
}

#[tokio::test]
async fn a_preflight_is_allowed_the_headers_that_it_requests() {
    let driftwood = TestServer::start_with(&[("AllowedOrigins", "https://app.example")]).await;
    let ask = |path: &'static str, origin: &'static str, headers: String| {
        let driftwood = &driftwood;
        async move {
            let asked = [("origin", origin), ("access-control-request-headers", headers.as_str())];
            driftwood.send(Method::OPTIONS, path, &asked, "").await
        }
    };
    let requested = "Authorization,mcp-protocol-version, X-Custom".to_owned();
    for path in
        ["/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/oauth2/token", "/oauth2/register"]
    {
        let reply = ask(path, "https://inspector.example", requested.clone()).await;
        assert_eq!(reply.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(reply.header("access-control-allow-headers"), "authorization, mcp-protocol-version, x-custom");
        assert_eq!(reply.header("vary"), "access-control-request-headers");
    }
    let listed = ask("/api/auth-login", "https://app.example", requested.clone()).await;
    assert!(listed.header("access-control-allow-headers").contains("mcp-protocol-version"));
    assert_eq!(listed.header("vary"), "origin, access-control-request-headers");
    let other = ask("/api/auth-login", "https://evil.example", requested).await;
    assert_eq!((other.header("access-control-allow-headers"), other.header("vary")), ("", "origin"));
    for odd in ["".to_owned(), "a b, \"c\"".to_owned(), "x,".repeat(2_000)] {
        let reply = ask("/oauth2/token", "https://app.example", odd).await;
        assert!(reply.header("access-control-allow-headers").starts_with("authorization, content-type"));
    }
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body_and_does_no_more() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource",
        "/.well-known/jwks.json",
        "/openapi.json",
        "/docs",
        "/account",
        "/device",
        "/oauth2/authorize/sign-in",
        "/oauth2/userinfo",
        "/oauth2/logout",
        "/oauth2/authorize",
        "/api/v1/apps",
        "/api/nothing",
    ] {
        let (get, head) = (visitor.get(path).await, visitor.send(Method::HEAD, path, &[], String::new()).await);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "cache-control", "www-authenticate", "location", "access-control-allow-origin"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
    let apps = driftwood.post_as(&client.developer.access_token, "oauth-apps-list", json!({})).await.result();
    let path = format!("/api/v1/apps/{}", client.app.id);
    let bearer = format!("Bearer {}", client.developer.access_token);
    let head = driftwood.send(Method::HEAD, &path, &[("authorization", &bearer)], "").await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    let after = driftwood.post_as(&client.developer.access_token, "oauth-apps-list", json!({})).await.result();
    assert_eq!(after, apps, "HEAD reads an app, and does not delete it");
    let post_only = driftwood.send(Method::HEAD, "/oauth2/token", &[], "").await;
    assert_eq!((post_only.status, post_only.header("allow")), (405, "POST, OPTIONS"));
}

/// Answers with two values of each header that may have several.
async fn twice(_: Arc<App>, _: Request) -> Result<Response, ApiError> {
    let mut response = reply::empty(StatusCode::UNAUTHORIZED);
    for (name, values) in [
        (WWW_AUTHENTICATE, ["Bearer realm=\"a\"", "Basic realm=\"b\""]),
        (LINK, ["</one>; rel=\"next\"", "</two>; rel=\"prev\""]),
        (VARY, ["origin", "accept"]),
        (SET_COOKIE, ["a=1", "b=2"]),
    ] {
        for value in values {
            response.headers_mut().append(name.clone(), HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

#[tokio::test]
async fn a_deployed_function_returns_one_value_for_each_header_and_the_id_of_its_invocation() {
    let driftwood = TestServer::start().await;
    let app = Arc::clone(&driftwood.server.apps["auth-login"]);
    let event = json!({
        "version": "2.0", "routeKey": "ANY /twice", "rawPath": "/twice", "rawQueryString": "",
        "headers": {"host": "api.example.com"}, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "0", "apiId": "a1b2c3", "domainName": "api.example.com", "requestId": "of-the-gateway", "stage": "$default",
            "http": {"method": "GET", "path": "/twice", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
        },
    });
    let mut context = Context::default();
    context.request_id = "of-the-invocation".to_owned();
    let event = LambdaEvent::new(serde_json::from_value(event).unwrap(), context);
    let returned = Endpoint::get("twice", twice).invoke(app, event).await.unwrap();
    let returned: Value = serde_json::to_value(returned).unwrap();
    let headers = &returned["headers"];
    assert_eq!(headers["www-authenticate"], "Bearer realm=\"a\", Basic realm=\"b\"");
    assert_eq!(headers["link"], "</one>; rel=\"next\", </two>; rel=\"prev\"");
    assert_eq!(headers["vary"], "origin, accept");
    assert_eq!(returned["cookies"], json!(["a=1", "b=2"]), "cookies have a place of their own");
    assert_eq!(headers["x-request-id"], "of-the-invocation");
}
