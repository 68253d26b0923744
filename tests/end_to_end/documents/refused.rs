//! Documents that describe no client.

use futures_util::future::join;
use serde_json::{Value, json};

use super::{BROKEN, CLIENT_ID, HOST, PATH, UNREACHABLE, client, document, document_with};
use crate::harness::{DocumentServer, Served, Signer, TestServer};

async fn generous() -> (TestServer, DocumentServer) {
    let parameters = [("DocumentLimit", "1000"), ("ClientLimit", "1000"), ("ClientAddressLimit", "1000")];
    super::start_with(&parameters).await
}

/// Asserts an error page without a redirect, an error at the token endpoint, and that nothing is stored.
async fn assert_invalid(driftwood: &TestServer, documents: &DocumentServer, served: Served) {
    assert_unusable(driftwood, documents, served, true).await;
}

/// The same for a response that is no document, or for one that was read.
async fn assert_unusable(driftwood: &TestServer, documents: &DocumentServer, served: Served, is_read: bool) {
    documents.put(PATH, served.clone());
    let client = client(driftwood);
    let page = driftwood.visitor().get(&client.authorize_path(&[])).await;
    page.refused_page(400, BROKEN);
    assert!(page.text.contains("(client_id)"), "{}", page.text);
    assert!(!page.text.contains("<script"), "{}", page.text);
    assert_eq!(page.header("set-cookie"), "");
    let form = [("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", crate::harness::VERIFIER)];
    let reply = client.token(driftwood, &form).await;
    let error = if reply.status == 401 {
        reply.refused_oauth(401, "invalid_client")
    } else {
        reply.refused_oauth(503, "temporarily_unavailable")
    };
    assert_eq!(reply.status == 401, is_read, "only a document that was read makes an invalid client: {served:?}");
    let description = error["error_description"].as_str().unwrap();
    assert!(description.bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\'), "{description}");
    assert_eq!(driftwood.count_items("Apps").await, 0, "{served:?}");
}

#[tokio::test]
async fn responses_that_are_no_document_are_refused() {
    let (driftwood, documents) = generous().await;
    let valid = || Served::json(&document());
    let padded = |length: usize| {
        let rest = length - document_with(&json!({"x": ""})).to_string().len();
        document_with(&json!({"x": "a".repeat(rest)})).to_string()
    };
    for served in [
        valid().status(201),
        valid().status(204),
        valid().status(400),
        valid().status(401),
        valid().status(403),
        valid().status(404),
        valid().status(410),
        valid().header("content-type", "text/html"),
        valid().header("content-type", "text/html; charset=utf-8"),
        valid().header("content-type", "text/json"),
        valid().header("content-type", "text/plain"),
        valid().header("content-type", "application/jsonp"),
        valid().header("content-type", "application/xml"),
        valid().header("content-type", ""),
        Served::text(&padded(5 * 1024 + 1)),
        Served::text(&padded(6 * 1024)),
        Served::text(&padded(1024 * 1024)),
    ] {
        assert_unusable(&driftwood, &documents, served, false).await;
    }
    for served in [
        Served::text(""),
        Served::text("<html>"),
        Served::text("{"),
        Served::text("[]"),
        Served::text("null"),
        Served::text(&format!("[{}]", document())),
        Served::text(&format!("{} x", document())),
        Served::text(&document().to_string().replacen('{', "{\"client_id\":\"https://evil.example/\",", 1)),
        Served::text(&format!("{{\"x\":{}{}}}", "[".repeat(2_400), "]".repeat(2_400))),
    ] {
        assert_invalid(&driftwood, &documents, served).await;
    }
    documents.put(PATH, Served::text(&padded(5 * 1024)).header("content-type", "application/oauth-client+json"));
    assert_eq!(driftwood.visitor().authorize(&client(&driftwood), &[]).await.heading(), "Sign in");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = DocumentServer::with("/elsewhere.json", &document()).await;
    let documents = DocumentServer::start().await;
    documents.put("/elsewhere.json", Served::json(&document()));
    let hosts = [(HOST, &documents), ("https://other.example", &other)];
    let driftwood = TestServer::start_with_documents(&hosts, &[]).await;
    for status in [301, 302, 303, 307, 308] {
        for location in ["https://other.example/elsewhere.json", "/elsewhere.json", "http://169.254.169.254/"] {
            let served = Served::json(&document()).status(status).header("location", location);
            assert_unusable(&driftwood, &documents, served, false).await;
        }
    }
    assert_eq!(other.asked().len(), 0);
    assert!(documents.asked().iter().all(|path| path == PATH));
}

#[tokio::test]
async fn a_document_is_valid_for_its_own_address_only() {
    let (driftwood, documents) = generous().await;
    for client_id in [
        json!(null),
        json!(""),
        json!(1),
        json!([CLIENT_ID]),
        json!("https://notes.example/client.json/"),
        json!("https://notes.example/client.json?"),
        json!("https://notes.example/client.json#"),
        json!("https://NOTES.example/client.json"),
        json!("https://notes.example:443/client.json"),
        json!("http://notes.example/client.json"),
        json!(" https://notes.example/client.json"),
        json!("https://evil.example/client.json"),
        json!("dw_ci_00000000000000000000000000000000"),
    ] {
        let change = json!({"client_id": client_id});
        assert_invalid(&driftwood, &documents, Served::json(&document_with(&change))).await;
    }
}

#[tokio::test]
async fn a_public_document_may_not_have_a_secret() {
    let (driftwood, documents) = generous().await;
    let public = Signer::es256("1").jwk();
    let mut private = public.clone();
    private["d"] = json!("c2VjcmV0");
    for change in [
        json!({"client_secret": "secret"}),
        json!({"client_secret": ""}),
        json!({"client_secret_expires_at": 0}),
        json!({"token_endpoint_auth_method": "client_secret_basic"}),
        json!({"token_endpoint_auth_method": "client_secret_post"}),
        json!({"token_endpoint_auth_method": "client_secret_jwt"}),
        json!({"token_endpoint_auth_method": "tls_client_auth"}),
        json!({"token_endpoint_auth_method": "client_secret_basic", "token_endpoint_auth_methods_supported": ["client_secret_post"]}),
        json!({"token_endpoint_auth_method": "private_key_jwt"}),
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [private.clone()]}}),
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public, private]}}),
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}),
        json!({"jwks": {"keys": [private]}}),
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://notes.example/jwks"}),
        json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public]},
            "jwks_uri": "https://notes.example/jwks",
        }),
    ] {
        assert_invalid(&driftwood, &documents, Served::json(&document_with(&change))).await;
    }
}

#[tokio::test]
async fn metadata_that_registration_refuses_is_refused_in_a_document_too() {
    let (driftwood, documents) = generous().await;
    let hundred: Vec<String> = (0..100).map(|n| format!("https://app.notes.example/{n}")).collect();
    let mut changes = vec![
        json!({"client_name": null}),
        json!({"client_name": ""}),
        json!({"client_name": "x".repeat(101)}),
        json!({"client_name": "two\nlines"}),
        json!({"client_name": "evil\u{202e}gpj"}),
        json!({"client_name": 1}),
        json!({"redirect_uris": null}),
        json!({"redirect_uris": []}),
        json!({"redirect_uris": hundred}),
        json!({"redirect_uris": "https://app.notes.example/cb"}),
        json!({"grant_types": ["client_credentials"]}),
        json!({"grant_types": ["implicit", "password"]}),
        json!({"grant_types": ["refresh_token"]}),
        json!({"response_types": ["token"]}),
        json!({"application_type": "web", "redirect_uris": ["com.example.notes:/cb"]}),
    ];
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://app.notes.example/cb",
        "https://*.notes.example/cb",
        "https://x@app.notes.example/cb",
        "https://app.notes.example/cb#x",
        "/cb",
        "myapp:/cb",
    ] {
        changes.push(json!({"redirect_uris": [uri]}));
        changes.push(json!({"redirect_uris": ["https://app.notes.example/cb", uri]}));
    }
    for change in changes {
        assert_invalid(&driftwood, &documents, Served::json(&document_with(&change))).await;
    }
}

#[tokio::test]
async fn invalid_display_fields_do_not_invalidate_a_document() {
    let (driftwood, documents) = generous().await;
    for change in [
        json!({"client_uri": "http://notes.example/"}),
        json!({"logo_uri": "javascript:alert(1)", "tos_uri": 1, "policy_uri": {"en": "https://notes.example/"}}),
        json!({"contacts": "me", "software_id": ["x"], "software_version": 2}),
        json!({"grant_types": ["authorization_code", "client_credentials", "urn:x:new"], "response_types": ["code", "token"]}),
        json!({"token_endpoint_auth_method": "tls_client_auth", "token_endpoint_auth_methods_supported": ["none"]}),
        json!({"id_token_signed_response_alg": "EdDSA", "application_type": "desktop"}),
        json!({"id_token_signed_response_alg": 1, "application_type": ["web"]}),
        json!({"scope": "mcp:tools"}),
        json!({"scope": format!("openid {}", "x".repeat(65))}),
        json!({"scope": "<script>alert(1)</script> \"x\""}),
        json!({"post_logout_redirect_uris": ["http://notes.example/bye", "urn:x", "https://notes.example/bye"]}),
        json!({"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}}),
        json!({"client_uri": "", "logo_uri": "", "application_type": "", "scope": ""}),
        json!({"application_type": "web", "redirect_uris": ["http://localhost:3000/cb", "https://app.notes.example/cb"]}),
        json!({"redirect_uris": ["cursor://notes/cb", "https://app.notes.example/cb"]}),
        json!({"x": {"y": [null]}, "client_name#de": "Feldnotizen", "scope": "openid mcp:tools"}),
    ] {
        documents.put(PATH, Served::json(&document_with(&change)).header("cache-control", "no-store"));
        assert_eq!(driftwood.visitor().authorize(&client(&driftwood), &[]).await.heading(), "Sign in", "{change}");
        driftwood.advance(60);
    }
}

/// The one test that waits in real time.
#[tokio::test]
async fn a_server_that_stops_responding_causes_a_short_timeout() {
    let (driftwood, documents) = generous().await;
    let started = std::time::Instant::now();
    documents.put(PATH, Served::json(&document()).silent_after(0));
    documents.put("/slow.json", Served::json(&document()).silent_after(120));
    let slow = driftwood.unowned_client("https://notes.example/slow.json", "", "https://app.notes.example/cb");
    let never = client(&driftwood);
    let form = [("grant_type", "authorization_code"), ("code", "x")];
    let (one, two) = (driftwood.visitor(), driftwood.visitor());
    let (never_path, slow_path) = (never.authorize_path(&[]), slow.authorize_path(&[]));
    let pages = join(one.get(&never_path), two.get(&slow_path));
    let ((page, other_page), refused) = join(pages, never.token(&driftwood, &form)).await;
    page.refused_page(400, UNREACHABLE);
    other_page.refused_page(400, UNREACHABLE);
    refused.refused_oauth(503, "temporarily_unavailable");
    assert!(!refused.header("retry-after").is_empty());
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert_eq!(driftwood.count_items("Apps").await, 0);
    documents.put(PATH, Served::json(&document()));
    assert_eq!(driftwood.visitor().authorize(&never, &[]).await.heading(), "Sign in");
}

#[tokio::test]
async fn an_invalid_request_of_a_client_by_document_is_not_redirected_before_a_user_signs_in() {
    let (driftwood, _documents) = generous().await;
    let invalid: [(&str, Value); 2] = [("scope", json!("nothing_such")), ("response_type", json!("token"))];
    for (name, value) in invalid {
        let path = client(&driftwood).authorize_path(&[(name, value.as_str().unwrap())]);
        let reply = driftwood.visitor().get(&path).await;
        let location = reply.header("location");
        assert!(!location.starts_with("https://app.notes.example"), "{name} is an open redirector to {location}");
    }
}
