//! What a client may request, and where errors are returned.

use serde_json::json;
use shared::domain::client::standing::Standing;

use crate::harness::{Client, TestServer, challenge};

const BROKEN: &str = "This link does not work";
const GONE: &str = "This connection no longer exists";

/// Asserts an error page without a redirect.
async fn assert_page(driftwood: &TestServer, path: &str) {
    driftwood.visitor().get(path).await.refused_page(400, BROKEN);
}

/// Asserts that the error is returned to the client, with its state.
async fn assert_returned(driftwood: &TestServer, client: &Client, more: &[(&str, &str)], code: &str) {
    let reply = driftwood.visitor().get(&client.authorize_path(more)).await;
    let answer = client.answer(&reply);
    answer.refused(code);
    assert_eq!(answer.0.get("state").map(String::as_str), Some("st4te"), "{more:?}");
    assert_eq!(reply.header("set-cookie"), "");
}

#[tokio::test]
async fn an_unknown_client_or_a_foreign_redirect_uri_is_a_page_and_never_a_redirect() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    for id in ["", "nobody", "https://127.0.0.1/client.json"] {
        assert_page(&driftwood, &client.authorize_path(&[("client_id", id)])).await;
    }
    let gone = client.authorize_path(&[("client_id", "dw_ci_00000000000000000000000000000000")]);
    let page = driftwood.visitor().get(&gone).await;
    page.refused_page(400, GONE);
    assert!(page.text.contains("remove the connection there and add it again"), "{}", page.text);
    for uri in [
        "https://album.example/cb/x",
        "https://album.example/cb;x",
        "https://album.example/cb/",
        "https://album.example/cb?a=b",
        "https://album.example/cb#x",
        "https://album.example@evil.example/cb",
        "https://album.example\\@evil.example/cb",
        "HTTPS://ALBUM.EXAMPLE/cb",
        "https://album.example:443/cb",
        "https://album.example/%63b",
        "https://album.example./cb",
        "https://album\u{ff0e}example/cb",
        "https://evil.example/cb",
        "javascript:alert(1)",
    ] {
        assert_page(&driftwood, &client.authorize_path(&[("redirect_uri", uri)])).await;
    }
    let path = client.authorize_path(&[]);
    assert_page(&driftwood, &format!("{path}&client_id={}", client.app.client_id)).await;
    assert_page(&driftwood, &format!("{path}&redirect_uri=https%3A%2F%2Falbum.example%2Fcb")).await;
    assert_page(&driftwood, &format!("{path}&state=%ff")).await;
}

#[tokio::test]
async fn a_redirect_uri_may_be_left_out_only_if_one_is_registered() {
    let driftwood = TestServer::start().await;
    let one = driftwood.spa().await;
    let page = driftwood.visitor().authorize(&one, &[("redirect_uri", "")]).await;
    assert_eq!(page.heading(), "Sign in");
    let two =
        json!({"name": "Two", "redirect_uris": ["https://a.example/cb", "https://b.example/cb"], "scopes": ["openid"]});
    let two = driftwood.client(two).await;
    assert_page(&driftwood, &two.authorize_path(&[("redirect_uri", "")])).await;
}

#[tokio::test]
async fn a_program_on_the_users_machine_may_use_any_port() {
    let driftwood = TestServer::start().await;
    let settings = json!({
        "name": "CLI", "redirect_uris": ["http://127.0.0.1/cb"], "scopes": ["openid"], "token_endpoint_auth_method": "none",
    });
    let client = driftwood.client(settings).await;
    for valid in ["http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"] {
        let page = driftwood.visitor().authorize(&client, &[("redirect_uri", valid), ("scope", "openid")]).await;
        assert_eq!(page.heading(), "Sign in", "{valid}");
    }
    for invalid in [
        "http://127.0.0.1.evil.example/cb",
        "http://127.1/cb",
        "http://0/cb",
        "http://localhost/cb",
        "http://127.0.0.1:1/x",
    ] {
        assert_page(&driftwood, &client.authorize_path(&[("redirect_uri", invalid)])).await;
    }
}

#[tokio::test]
async fn every_other_mistake_is_returned_to_the_client_with_its_state_and_the_issuer() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let long = "x".repeat(129);
    for (more, code) in [
        (vec![("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge_method", "s256")], "invalid_request"),
        (vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c")], "invalid_request"),
        (vec![("code_challenge", long.as_str())], "invalid_request"),
        (vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")], "invalid_request"),
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_type", "id_token token")], "unsupported_response_type"),
        (vec![("response_type", "")], "invalid_request"),
        (vec![("scope", "gdpr_write")], "invalid_scope"),
        (vec![("scope", "nothing_such")], "invalid_scope"),
        (vec![("scope", "contact_read \"x\"")], "invalid_scope"),
        (vec![("scope", "openid a\\b")], "invalid_scope"),
        (vec![("prompt", "none login")], "invalid_request"),
        (vec![("prompt", "none create")], "invalid_request"),
        (vec![("max_age", "-1")], "invalid_request"),
        (vec![("response_mode", "fragment")], "invalid_request"),
        (vec![("request", "eyJ")], "request_not_supported"),
        (vec![("request_uri", "https://127.0.0.1/")], "request_uri_not_supported"),
        (vec![("resource", "https://unknown.example")], "invalid_target"),
        (vec![("resource", "relative")], "invalid_target"),
        (vec![("prompt", "none")], "login_required"),
    ] {
        assert_returned(&driftwood, &client, &more, code).await;
    }
    for twice in
        ["scope=openid", "code_challenge=x", "nonce=1&nonce=2", "response_type=code", "prompt=login&prompt=login"]
    {
        let reply = driftwood.visitor().get(&format!("{}&{twice}", client.authorize_path(&[]))).await;
        client.answer(&reply).refused("invalid_request");
    }
    let reply = driftwood.visitor().get(&format!("{}&state=other", client.authorize_path(&[]))).await;
    let answer = client.answer(&reply);
    answer.refused("invalid_request");
    assert_eq!(answer.0.get("state"), None, "it is not clear which one is valid");
}

#[tokio::test]
async fn a_client_that_may_not_get_codes_gets_an_error() {
    let driftwood = TestServer::start().await;
    let machine = json!({"name": "Job", "redirect_uris": ["https://job.example/cb"], "grant_types": ["client_credentials"], "scopes": ["openid"]});
    let machine = driftwood.client(machine).await;
    driftwood.review(&machine, Standing::Reviewed).await;
    let reply = driftwood.visitor().get(&machine.authorize_path(&[])).await;
    machine.answer(&reply).refused("unauthorized_client");
    let without_scopes = driftwood.client(json!({"name": "Bare", "redirect_uris": ["https://bare.example/cb"]})).await;
    driftwood.review(&without_scopes, Standing::Reviewed).await;
    let reply = driftwood.visitor().get(&without_scopes.authorize_path(&[("scope", "")])).await;
    without_scopes.answer(&reply).refused("invalid_scope");
}

#[tokio::test]
async fn an_app_that_was_revoked_is_gone_and_one_whose_owner_is_disabled_does_not_work() {
    let driftwood = TestServer::start().await;
    let (revoked, orphan) = (driftwood.spa().await, driftwood.spa().await);
    let visitor = driftwood.visitor();
    let waiting = visitor.authorize(&revoked, &[]).await;
    driftwood
        .post_as(&revoked.developer.access_token, "oauth-apps-revoke", json!({"id": revoked.app.id}))
        .await
        .result();
    driftwood.operator_disables(&orphan.developer).await;
    driftwood.visitor().get(&revoked.authorize_path(&[])).await.refused_page(400, GONE);
    assert_page(&driftwood, &orphan.authorize_path(&[])).await;
    let (_, after) = visitor.register(&waiting).await;
    after.refused_page(400, GONE);
}

#[tokio::test]
async fn a_state_is_returned_unchanged_and_cannot_inject_headers() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let long = "s".repeat(2_048);
    for state in ["\r\nSet-Cookie: x=1", "ünïcode ☃ \"'<>&=%", long.as_str()] {
        let reply = driftwood.visitor().get(&client.authorize_path(&[("state", state), ("prompt", "none")])).await;
        assert_eq!(client.answer(&reply).0["state"], state);
        assert_eq!(reply.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_cross_site_post_continues_as_a_get_that_has_the_cookie() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    let cookies = visitor.cookies();
    visitor.set_cookies(Default::default());
    let path = client.authorize_path(&[]);
    let (path, query) = path.split_once('?').unwrap();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    let reply = visitor.send(reqwest::Method::POST, path, &headers, query.to_owned()).await;
    visitor.set_cookies(cookies);
    let answer = client.answer(&visitor.follow(reply).await);
    assert_eq!(answer.0["state"], "st4te");
    answer.code();
}

#[tokio::test]
async fn every_path_of_the_endpoint_works_the_same() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    for path in ["/authorize", "/api/v1/auth/authorize"] {
        let visitor = driftwood.visitor();
        let path = client.authorize_path(&[]).replace("/oauth2/authorize", path);
        let reply = visitor.get(&path).await;
        assert_eq!(visitor.follow(reply).await.heading(), "Sign in");
    }
    let options =
        driftwood.send(reqwest::Method::OPTIONS, "/oauth2/authorize", &[("origin", "https://evil.example")], "").await;
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, POST, OPTIONS"));
    assert_eq!(options.header("access-control-allow-origin"), "");
    driftwood.visitor().get("/oauth2/authorize/nothing").await.refused_page(404, "Nothing here");
    let put = driftwood.send(reqwest::Method::PUT, "/oauth2/authorize", &[], "").await;
    assert_eq!((put.status, put.header("allow")), (405, "GET, HEAD, POST, OPTIONS"));
}

#[tokio::test]
async fn an_operator_may_require_pkce_of_all_clients() {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    assert_eq!(driftwood.visitor().authorize(&client, &without).await.heading(), "Sign in");
    let driftwood = TestServer::start_with(&[("RequirePkce", "true")]).await;
    let client = driftwood.web_app().await;
    driftwood.review(&client, Standing::Reviewed).await;
    assert_returned(&driftwood, &client, &without, "invalid_request").await;
    assert_eq!(challenge("x").len(), 43);
}
