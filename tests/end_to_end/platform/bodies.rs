//! Methods, content types and bodies, on every endpoint.

use reqwest::Method;
use serde_json::json;

use crate::harness::TestServer;

const HYPHENATED: [&str; 23] = [
    "auth-register",
    "auth-login",
    "auth-refresh-token",
    "auth-logout",
    "auth-verify-email",
    "auth-forgot-password",
    "auth-reset-password",
    "auth-change-password",
    "auth-change-email",
    "users-update",
    "users-export",
    "users-delete",
    "oauth-apps-create",
    "oauth-apps-list",
    "oauth-apps-update",
    "oauth-apps-rotate-secret",
    "oauth-apps-revoke",
    "contacts-list",
    "contacts-create",
    "contacts-update",
    "contacts-delete",
    "events-list",
    "oauth-token",
];
const METADATA: [&str; 4] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/.well-known/jwks.json",
];

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_everywhere_and_nothing_is_stored() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let before = driftwood.count_items("Users").await;
    let bearer = format!("Bearer {}", alice.access_token);
    let nested = format!("{{\"x\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000)).into_bytes();
    let malformed: [&[u8]; 10] = [
        b"{",
        b"[]",
        b"null",
        b"{\"id\":1,\"id\":2}",
        b"{\"x\":{\"a\":1,\"a\":2}}",
        b"{\"email\":\"\xff\"}",
        b"{\"n\":NaN}",
        b"{} x",
        b"{\"n\":\"\\ud800\"}",
        &nested,
    ];
    for name in HYPHENATED {
        let path = format!("/api/{name}");
        let code = if name == "oauth-token" { "invalid_request" } else { "invalid_json" };
        for body in malformed {
            let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
            driftwood.send(Method::POST, &path, &headers, body.to_vec()).await.refused(400, code);
        }
        for size in [64 * 1024 + 1, 1024 * 1024] {
            let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
            let body = format!("{{\"x\":\"{}\"}}", "a".repeat(size - 8));
            let reply = driftwood.send(Method::POST, &path, &headers, body).await;
            assert_eq!(reply.status, 413, "{name}");
        }
    }
    assert_eq!(driftwood.count_items("Users").await, before);
}

#[tokio::test]
async fn other_content_types_are_refused_with_the_right_one_named() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let bearer = format!("Bearer {}", alice.access_token);
    for name in HYPHENATED.into_iter().filter(|name| *name != "oauth-token") {
        for media_type in
            ["application/x-www-form-urlencoded", "text/plain", "text/json", "application/json; charset=utf-16"]
        {
            let headers = [("content-type", media_type), ("authorization", bearer.as_str())];
            let error = driftwood
                .send(Method::POST, &format!("/api/{name}"), &headers, "{}")
                .await
                .refused(415, "unsupported_media_type");
            assert!(error["message"].as_str().unwrap().contains("application/json"));
        }
    }
    let headers = [("content-type", "Application/JSON; charset=\"UTF-8\""), ("authorization", bearer.as_str())];
    driftwood.send(Method::POST, "/api/contacts-list", &headers, "{}").await.result();
}

#[tokio::test]
async fn other_methods_are_refused_with_the_list_of_allowed_ones() {
    let driftwood = TestServer::start().await;
    for name in HYPHENATED {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD] {
            let reply = driftwood.send(method.clone(), &format!("/api/{name}"), &[], "").await;
            assert_eq!((reply.status, reply.header("allow")), (405, "POST, OPTIONS"), "{method} {name}");
        }
    }
    for path in METADATA {
        let reply = driftwood.send(Method::POST, path, &[], "").await;
        assert_eq!((reply.status, reply.header("allow")), (405, "GET, HEAD, OPTIONS"), "{path}");
    }
    driftwood.send(Method::GET, "/api/auth-login", &[], "").await.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn every_endpoint_responds_to_options() {
    let driftwood = TestServer::start().await;
    let ask = [("origin", "https://app.example"), ("access-control-request-method", "POST")];
    for path in HYPHENATED
        .iter()
        .map(|name| format!("/api/{name}"))
        .chain(METADATA.map(str::to_owned))
        .chain(["/oauth2/token".to_owned()])
    {
        let reply = driftwood.send(Method::OPTIONS, &path, &ask, "").await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, "*"), "{path}");
        assert!(reply.header("access-control-allow-headers").contains("authorization"));
        assert_eq!(reply.header("access-control-allow-credentials"), "");
    }
}

#[tokio::test]
async fn an_operator_may_name_the_pages_that_call_the_api() {
    let driftwood = TestServer::start_with(&[("AllowedOrigins", "https://app.example https://admin.example")]).await;
    let ask = |path: &'static str, origin: &'static str| {
        let driftwood = &driftwood;
        async move {
            driftwood
                .send(Method::OPTIONS, path, &[("origin", origin)], "")
                .await
                .header("access-control-allow-origin")
                .to_owned()
        }
    };
    assert_eq!(ask("/api/auth-login", "https://admin.example").await, "https://admin.example");
    assert_eq!(ask("/api/auth-login", "https://evil.example").await, "");
    assert_eq!(ask("/oauth2/token", "https://anybody.example").await, "*", "OAuth clients come from everywhere");
}

#[tokio::test]
async fn unknown_fields_are_ignored_and_unknown_hosts_change_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood
        .post_as(&alice.access_token, "contacts-list", json!({"limit": 1, "unknown": {"deep": [1]}}))
        .await
        .result();
    let spoofed = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https")];
    let document = driftwood.send(Method::GET, "/.well-known/oauth-authorization-server", &spoofed, "").await;
    assert_eq!(document.json()["issuer"], driftwood.server.url);
    assert!(!document.text.contains("evil"));
}

#[tokio::test]
async fn every_response_has_a_request_id_and_is_not_cacheable() {
    let driftwood = TestServer::start().await;
    let (first, second) = (driftwood.get("/nothing").await, driftwood.get("/nothing").await);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    for reply in [&first, &second] {
        assert_eq!((reply.header("cache-control"), reply.header("x-content-type-options")), ("no-store", "nosniff"));
    }
}
