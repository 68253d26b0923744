//! Invalid metadata: refused for a new client, and for the replacement of a registered one.

use reqwest::Method;
use serde_json::{Value, json};

use super::{REGISTER, REGISTER_V1, Registered, manage, register, web_app};
use crate::harness::{Reply, Signer, TestServer};

const REDIRECT: &str = "invalid_redirect_uri";
const METADATA: &str = "invalid_client_metadata";

/// A registered client, and its metadata.
struct Before {
    driftwood: TestServer,
    client: Registered,
    shown: String,
}

impl Before {
    async fn begin() -> Self {
        let driftwood = TestServer::start_with(&[("ClientRegistrationLimit", "1000")]).await;
        let client = web_app(&driftwood).await;
        let shown = client.manage(&driftwood, Method::GET, &Value::Null).await.text;
        Self { driftwood, client, shown }
    }

    /// Asserts that valid metadata with this change is refused, for a new client and for the registered one.
    async fn assert_refused(&self, change: &Value, code: &str) {
        let mut metadata = json!({"client_name": "App", "redirect_uris": ["https://app.example/cb"]});
        metadata.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        for path in [REGISTER, REGISTER_V1] {
            assert_clear(&manage(&self.driftwood, "", Method::POST, path, &metadata).await, code, change);
        }
        metadata["client_id"] = self.client.answer["client_id"].clone();
        assert_clear(&self.client.manage(&self.driftwood, Method::PUT, &metadata).await, code, change);
    }

    /// Asserts that nothing was stored.
    async fn assert_unchanged(&self) {
        assert_eq!(self.driftwood.count_items("Apps").await, 1);
        assert_eq!(self.client.manage(&self.driftwood, Method::GET, &Value::Null).await.text, self.shown);
    }
}

#[track_caller]
fn assert_clear(reply: &Reply, code: &str, change: &Value) {
    assert_eq!(reply.status, 400, "{change}: {}", reply.text);
    let error = reply.refused_oauth(400, code);
    let description = error["error_description"].as_str().unwrap();
    // RFC 6749 §5.2.
    assert!(description.bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\'), "{description}");
    assert!(!description.contains("evil"), "the input is not returned: {description}");
}

#[tokio::test]
async fn addresses_that_could_carry_a_code_elsewhere_are_refused() {
    let before = Before::begin().await;
    let long = format!("https://evil.example/{}", "x".repeat(512));
    for uri in [
        "",
        "evil",
        "/cb",
        "//evil.example/cb",
        "https://",
        "https:///cb",
        "https:evil.example/cb",
        "https:/evil.example/cb",
        "https:/x@evil.example/cb",
        "https:///x@evil.example/cb",
        "http:127.0.0.1/cb",
        "http://evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://localhost.evil.example/cb",
        "http://10.0.0.1/cb",
        "http://169.254.169.254/cb",
        "https://evil.example/cb#fragment",
        "https://evil.example/cb#",
        "com.example.evil:/cb#x",
        "https://app.example@evil.example/cb",
        "https://user:password@evil.example/cb",
        "https://@evil.example/cb",
        "http://x@127.0.0.1/cb",
        "https://app.example\\@evil.example/cb",
        "https://*.evil.example/cb",
        "https://evil.example/*",
        "https://evil.example/c b",
        "https://evil.example/cb\r\nLocation: https://evil.example",
        " https://evil.example/cb",
        "https://evil.example/\u{202e}cb",
        "https://\u{ff45}vil.example/cb",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,evil",
        "vbscript:evil",
        "file:///etc/passwd",
        "blob:https://evil.example/1",
        "about:blank",
        "ftp://evil.example/cb",
        "ws://evil.example/cb",
        "mailto:evil@evil.example",
        "intent://evil#Intent;end",
        "myapp:/cb",
        "myapp://",
        "view-source://evil.example/cb",
        "blob://evil.example/1",
        "javascript://evil.example/%0aalert(1)",
        "httpx://evil.example/cb",
        "ms-msdt://evil",
        "https://a;script-src%20evil.example/cb",
        "https://a;evil.example/cb",
        "https://a_evil.example/cb",
        "https://'evil'/cb",
        "urn:ietf:wg:oauth:2.0:oob",
        long.as_str(),
    ] {
        let alone = json!({"redirect_uris": [uri]});
        let among_others = json!({"redirect_uris": ["https://app.example/cb", uri]});
        before.assert_refused(&alone, REDIRECT).await;
        assert_clear(&register(&before.driftwood, &among_others).await, REDIRECT, &among_others);
        let after_a_sign_out = json!({"redirect_uris": ["https://app.example/cb"], "post_logout_redirect_uris": [uri]});
        assert_clear(&register(&before.driftwood, &after_a_sign_out).await, REDIRECT, &after_a_sign_out);
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn lists_of_addresses_that_are_invalid_or_too_long_are_refused() {
    let before = Before::begin().await;
    let hundred: Vec<String> = (0..100).map(|n| format!("https://app.example/{n}")).collect();
    for uris in [
        json!(hundred),
        json!(vec!["https://app.example/cb"; 11]),
        json!([]),
        json!(null),
        json!("https://app.example/cb"),
        json!({"0": "https://app.example/cb"}),
        json!([1]),
        json!([null]),
        json!([["https://app.example/cb"]]),
        json!(true),
    ] {
        before.assert_refused(&json!({"redirect_uris": uris}), REDIRECT).await;
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn a_web_client_has_no_private_scheme() {
    let before = Before::begin().await;
    for uri in ["com.example.app:/cb", "com.example.app://cb"] {
        before.assert_refused(&json!({"application_type": "web", "redirect_uris": [uri]}), REDIRECT).await;
        let uris = json!(["https://app.example/cb", uri]);
        before.assert_refused(&json!({"application_type": "web", "redirect_uris": uris}), REDIRECT).await;
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn keys_that_are_secret_or_useless_are_refused() {
    let before = Before::begin().await;
    let public = Signer::es256("1").jwk();
    let with = |name: &str, value: &str| {
        let mut key = public.clone();
        key[name] = json!(value);
        json!({"keys": [key]})
    };
    let signs = |jwks: Value| json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks});
    let mut refused = vec![
        signs(with("d", "c2VjcmV0")),
        signs(with("p", "c2VjcmV0")),
        signs(with("oth", "c2VjcmV0")),
        signs(with("use", "enc")),
        signs(with("crv", "P-521")),
        signs(with("alg", "none")),
        signs(with("alg", "HS256")),
        signs(json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]})),
        signs(json!({"keys": [public, {"kty": "oct", "k": "c2VjcmV0"}]})),
        signs(json!({"keys": []})),
        signs(json!({"keys": vec![public.clone(); 11]})),
        signs(json!({})),
        signs(json!([public])),
        signs(json!("https://app.example/jwks")),
        json!({"token_endpoint_auth_method": "private_key_jwt"}),
        json!({"token_endpoint_auth_method": "none", "jwks": with("d", "c2VjcmV0")}),
        json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public]},
            "jwks_uri": "https://app.example/jwks",
        }),
    ];
    for uri in ["http://app.example/jwks", "https://user@app.example/jwks", "file:///jwks", "jwks", "https://"] {
        refused.push(json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri}));
    }
    for change in refused {
        before.assert_refused(&change, METADATA).await;
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn metadata_that_is_inconsistent_or_invalid_is_refused() {
    let before = Before::begin().await;
    let long = "x".repeat(101);
    let long_uri = format!("https://app.example/{}", "x".repeat(512));
    for change in [
        json!({"grant_types": ["client_credentials"]}),
        json!({"grant_types": ["password"]}),
        json!({"grant_types": ["implicit"]}),
        json!({"grant_types": []}),
        json!({"grant_types": ["refresh_token"]}),
        json!({"grant_types": ["refresh_token", "client_credentials"]}),
        json!({"grant_types": "authorization_code"}),
        json!({"grant_types": [1]}),
        json!({"grant_types": vec!["authorization_code"; 100]}),
        json!({"response_types": ["token"]}),
        json!({"response_types": ["id_token"]}),
        json!({"response_types": []}),
        json!({"response_types": "code"}),
        json!({"token_endpoint_auth_method": "client_secret_jwt"}),
        json!({"token_endpoint_auth_method": "tls_client_auth"}),
        json!({"token_endpoint_auth_method": "evil"}),
        json!({"token_endpoint_auth_method": ["none"]}),
        json!({"application_type": "evil"}),
        json!({"application_type": 1}),
        json!({"id_token_signed_response_alg": "none"}),
        json!({"id_token_signed_response_alg": "HS256"}),
        json!({"scope": "nothing_such"}),
        json!({"scope": "openid \"evil\""}),
        json!({"scope": ["openid"]}),
        json!({"client_name": "  "}),
        json!({"client_name": long}),
        json!({"client_name": "two\nlines"}),
        json!({"client_name": "evil\u{202e}gpj"}),
        json!({"client_name": "nul\u{0}"}),
        json!({"client_name": ["App"]}),
        json!({"client_uri": "http://app.example/"}),
        json!({"client_uri": "javascript:alert(1)"}),
        json!({"logo_uri": "data:image/png;base64,AAAA"}),
        json!({"logo_uri": "http://169.254.169.254/logo.png"}),
        json!({"tos_uri": long_uri}),
        json!({"policy_uri": 1}),
        json!({"contacts": "me"}),
        json!({"contacts": vec!["me"; 11]}),
        json!({"contacts": ["two\nlines"]}),
        json!({"software_id": "x".repeat(256)}),
        json!({"software_version": 2}),
    ] {
        before.assert_refused(&change, METADATA).await;
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_and_nothing_is_stored() {
    let before = Before::begin().await;
    let (driftwood, registered) = (&before.driftwood, &before.client);
    let bearer = format!("Bearer {}", registered.token());
    let own = registered.path();
    let nested = format!(
        "{{\"redirect_uris\":[\"https://app.example/cb\"],\"x\":{}1{}}}",
        "[".repeat(30_000),
        "]".repeat(30_000)
    );
    let twice = r#"{"redirect_uris":["https://app.example/cb"],"redirect_uris":["https://evil.example/cb"]}"#;
    let malformed: [&[u8]; 12] = [
        b"",
        b"{",
        b"[]",
        b"[{\"redirect_uris\":[\"https://app.example/cb\"]}]",
        b"null",
        b"\"x\"",
        b"{\"client_name\":\"\xff\",\"redirect_uris\":[\"https://app.example/cb\"]}",
        b"{\"client_name\":\"\\ud800\",\"redirect_uris\":[\"https://app.example/cb\"]}",
        b"{\"redirect_uris\":[\"https://app.example/cb\"],\"n\":NaN}",
        b"{\"redirect_uris\":[\"https://app.example/cb\"]} x",
        twice.as_bytes(),
        nested.as_bytes(),
    ];
    let padded = |size: usize| {
        let start = r#"{"redirect_uris":["https://app.example/cb"],"x":""#;
        format!("{start}{}\"}}", "a".repeat(size - start.len() - 2))
    };
    let json = ("content-type", "application/json");
    for (method, path) in [(Method::POST, REGISTER), (Method::POST, REGISTER_V1), (Method::PUT, own.as_str())] {
        let headers = |kind: &'static str| {
            let mut headers = vec![("content-type", kind)];
            if method == Method::PUT {
                headers.push(("authorization", bearer.as_str()));
            }
            headers
        };
        for body in malformed {
            let reply = driftwood.send(method.clone(), path, &headers(json.1), body.to_vec()).await;
            reply.refused_oauth(400, "invalid_request");
        }
        let too_long = driftwood.send(method.clone(), path, &headers(json.1), padded(64 * 1024 + 1)).await;
        too_long.refused_oauth(413, "invalid_request");
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "text/json"]
        {
            let reply = driftwood.send(method.clone(), path, &headers(kind), padded(100)).await;
            reply.refused_oauth(415, "invalid_request");
        }
    }
    before.assert_unchanged().await;
    let just_fits = driftwood.send(Method::POST, REGISTER, &[json], padded(64 * 1024)).await;
    assert_eq!(just_fits.status, 201);
    assert!(just_fits.text.len() < 2_000, "unknown metadata is not returned");
    let with_charset = [("content-type", "application/json; charset=UTF-8")];
    assert_eq!(driftwood.send(Method::POST, REGISTER, &with_charset, padded(100)).await.status, 201);
}
