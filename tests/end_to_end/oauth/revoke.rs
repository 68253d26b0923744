//! `POST /oauth2/revoke`

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Reply, TestServer, Trouble, Visitor};

async fn connected<'d>(driftwood: &'d TestServer, client: &Client) -> (Visitor<'d>, Value) {
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let tokens = tokens_of(driftwood, &visitor, client).await;
    (visitor, tokens)
}

async fn tokens_of(driftwood: &TestServer, visitor: &Visitor<'_>, client: &Client) -> Value {
    let answer = visitor.approve(client, &[]).await;
    client.exchange(driftwood, answer.code()).await.json()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}"))
}

/// Asserts the one response for every revoked token, revoked now or before.
#[track_caller]
fn assert_revoked(reply: &Reply) {
    assert_eq!((reply.status, reply.text.as_str()), (200, "{}"));
    assert!(reply.header("content-type").starts_with("application/json"), "some libraries can read nothing else");
    assert_eq!((reply.header("cache-control"), reply.header("access-control-allow-origin")), ("no-store", "*"));
}

async fn own_token(driftwood: &TestServer, client: &Client) -> String {
    let reply = client.token(driftwood, &[("grant_type", "client_credentials")]).await;
    text(&reply.json(), "access_token").to_owned()
}

#[tokio::test]
async fn a_refresh_token_is_revoked_with_its_family_and_all_its_access_tokens_at_once() {
    let driftwood = TestServer::start().await;
    for client in [driftwood.web_app().await, driftwood.spa().await] {
        let (visitor, first) = connected(&driftwood, &client).await;
        let second = client.refresh(&driftwood, text(&first, "refresh_token")).await.json();
        let elsewhere = tokens_of(&driftwood, &visitor, &client).await;
        assert!(driftwood.is_alive(text(&first, "access_token")).await);
        assert_revoked(&client.revoke(&driftwood, text(&second, "refresh_token")).await);
        for tokens in [&first, &second] {
            assert!(!driftwood.is_alive(text(tokens, "access_token")).await);
            let refused = client.refresh(&driftwood, text(tokens, "refresh_token")).await;
            refused.refused_oauth(400, "invalid_grant");
            let bearer = format!("Bearer {}", text(tokens, "access_token"));
            let userinfo = driftwood.send(Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
            userinfo.refused_oauth(401, "invalid_token");
        }
        assert!(driftwood.is_alive(text(&elsewhere, "access_token")).await, "another sign-in is another family");
        let again = client.answer(&visitor.get(&client.authorize_path(&[])).await);
        assert_eq!(client.exchange(&driftwood, again.code()).await.status, 200, "the user's consent stays");
    }
}

#[tokio::test]
async fn an_earlier_refresh_token_revokes_the_family_too() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, first) = connected(&driftwood, &client).await;
    let second = client.refresh(&driftwood, text(&first, "refresh_token")).await.json();
    assert_revoked(&client.revoke(&driftwood, text(&first, "refresh_token")).await);
    assert!(!driftwood.is_alive(text(&second, "access_token")).await);
    client.refresh(&driftwood, text(&second, "refresh_token")).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn an_access_token_is_revoked_alone_and_the_session_continues() {
    let driftwood = TestServer::start().await;
    for client in [driftwood.web_app().await, driftwood.spa().await] {
        let (_, first) = connected(&driftwood, &client).await;
        let second = client.refresh(&driftwood, text(&first, "refresh_token")).await.json();
        assert_revoked(&client.revoke(&driftwood, text(&first, "access_token")).await);
        assert!(!driftwood.is_alive(text(&first, "access_token")).await);
        assert!(driftwood.is_alive(text(&second, "access_token")).await);
        let third = client.refresh(&driftwood, text(&second, "refresh_token")).await.json();
        assert!(driftwood.is_alive(text(&third, "access_token")).await);
        driftwood.advance(7_199);
        assert!(!driftwood.is_alive(text(&first, "access_token")).await, "until it would have expired");
    }
}

#[tokio::test]
async fn a_client_credentials_token_is_revoked_at_once() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (one, other) = (own_token(&driftwood, &client).await, own_token(&driftwood, &client).await);
    assert_revoked(&client.revoke(&driftwood, &one).await);
    assert!(!driftwood.is_alive(&one).await && driftwood.is_alive(&other).await);
}

#[tokio::test]
async fn a_hint_that_is_wrong_or_unknown_changes_nothing() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    for (kind, hint) in [
        ("refresh_token", "access_token"),
        ("access_token", "refresh_token"),
        ("refresh_token", "refresh_token"),
        ("access_token", "urn:example:unheard-of"),
    ] {
        let (_, tokens) = connected(&driftwood, &client).await;
        let fields = [("token", text(&tokens, kind)), ("token_type_hint", hint)];
        assert_revoked(&client.call(&driftwood, "/oauth2/revoke", &fields).await);
        assert!(!driftwood.is_alive(text(&tokens, "access_token")).await, "{kind} {hint}");
    }
}

#[tokio::test]
async fn an_invalid_or_revoked_token_gets_the_same_response() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let (access_token, refresh_token) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let long = "x".repeat(20_000);
    let (most, last) = refresh_token.split_at(refresh_token.len() - 1);
    let forged = format!("{most}{}", if last == "x" { "y" } else { "x" });
    let unsigned = access_token.rsplit_once('.').unwrap().0;
    for rubbish in ["rubbish", "dw_rt_", "dw_rt_AAAA", "a.b.c", "..", "ünï", &long, &forged, unsigned] {
        assert_revoked(&client.revoke(&driftwood, rubbish).await);
    }
    assert_revoked(&client.revoke(&driftwood, text(&tokens, "id_token")).await);
    assert!(driftwood.is_alive(access_token).await);
    for token in [access_token, refresh_token] {
        assert_revoked(&client.revoke(&driftwood, token).await);
        assert_revoked(&client.revoke(&driftwood, token).await);
    }
    let (_, expired) = connected(&driftwood, &client).await;
    driftwood.advance(7_200);
    assert_revoked(&client.revoke(&driftwood, text(&expired, "access_token")).await);
    assert_eq!(client.refresh(&driftwood, text(&expired, "refresh_token")).await.status, 200);
    driftwood.advance(31 * 86_400);
    assert_revoked(&client.revoke(&driftwood, text(&expired, "refresh_token")).await);
}

#[tokio::test]
async fn no_client_revokes_a_token_of_another_client() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let own = own_token(&driftwood, &client).await;
    let settings = json!({"name": "Sibling", "redirect_uris": ["https://s.example/cb"], "scopes": ["contact_read"]});
    let sibling = driftwood.client_of(&client.developer, settings).await;
    let (unrelated, public) = (driftwood.web_app().await, driftwood.spa().await);
    for token in [text(&tokens, "refresh_token"), text(&tokens, "access_token"), &own] {
        for confidential in [&sibling, &unrelated] {
            confidential.revoke(&driftwood, token).await.refused_oauth(400, "invalid_request");
        }
        assert_revoked(&public.revoke(&driftwood, token).await);
    }
    assert!(driftwood.is_alive(&own).await && driftwood.is_alive(text(&tokens, "access_token")).await);
    assert_eq!(client.refresh(&driftwood, text(&tokens, "refresh_token")).await.status, 200);
}

#[tokio::test]
async fn an_app_cannot_sign_a_user_out() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let settings = json!({"name": "Her Own", "redirect_uris": ["https://her.example/cb"], "scopes": ["contact_read"]});
    let (own, public) = (driftwood.client_of(&alice, settings).await, driftwood.spa().await);
    for token in [&alice.access_token, &alice.refresh_token] {
        own.revoke(&driftwood, token).await.refused_oauth(400, "invalid_request");
        assert_revoked(&public.revoke(&driftwood, token).await);
    }
    assert!(driftwood.is_alive(&alice.access_token).await);
    driftwood.refresh(&alice.refresh_token).await.result();
}

#[tokio::test]
async fn an_unauthenticated_client_revokes_nothing() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let token = format!("token={}", text(&tokens, "refresh_token"));
    let path = "/oauth2/revoke";
    let id = &client.app.client_id;
    let wrong = crate::harness::Program { client_secret: "dw_cs_wrong".to_owned(), ..client.app.clone() };
    let by_header = driftwood.form(path, &[("authorization", &wrong.basic())], &token).await;
    by_header.refused_oauth(401, "invalid_client");
    assert!(by_header.header("www-authenticate").starts_with("Basic realm="));
    let unknown = "dw_ci_01890a5dac96774bbcceb302099a8057";
    for credentials in
        [format!("client_id={id}"), format!("client_id={id}&client_secret=x"), format!("client_id={unknown}")]
    {
        driftwood.form(path, &[], &format!("{token}&{credentials}")).await.refused_oauth(401, "invalid_client");
    }
    driftwood.form(path, &[], &token).await.refused_oauth(400, "invalid_request");
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    driftwood.form(path, &[("authorization", &bearer)], &token).await.refused_oauth(401, "invalid_client");
    let spa = driftwood.spa().await;
    let needless = format!("{token}&client_id={}&client_secret=x", spa.app.client_id);
    driftwood.form(path, &[], &needless).await.refused_oauth(401, "invalid_client");
    assert!(driftwood.is_alive(text(&tokens, "access_token")).await);
    let post = format!("{token}&client_id={id}&client_secret={}", client.app.client_secret);
    assert_revoked(&driftwood.form(path, &[], &post).await);
    assert!(!driftwood.is_alive(text(&tokens, "access_token")).await);
}

#[tokio::test]
async fn a_malformed_request_is_refused_and_revokes_nothing() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let (token, basic) = (text(&tokens, "refresh_token"), client.app.basic());
    let headers = [("authorization", basic.as_str())];
    for form in [
        String::new(),
        "token=".to_owned(),
        "token_type_hint=refresh_token".to_owned(),
        format!("token={token}&token={token}"),
        format!("token={token}&token_type_hint=a&token_type_hint=b"),
        format!("token={token}&x=%zz"),
        format!("token={token}&client_id=other"),
        format!("token={token}&client_secret={}", client.app.client_secret),
    ] {
        driftwood.form("/oauth2/revoke", &headers, &form).await.refused_oauth(400, "invalid_request");
    }
    let in_query = format!("/oauth2/revoke?token={token}");
    driftwood.form(&in_query, &headers, &format!("token={token}")).await.refused_oauth(400, "invalid_request");
    driftwood.form(&in_query, &headers, "").await.refused_oauth(400, "invalid_request");
    for media_type in ["application/json", "text/plain"] {
        let headers = [("authorization", basic.as_str()), ("content-type", media_type)];
        let body = json!({"token": token}).to_string();
        let refused = driftwood.send(Method::POST, "/oauth2/revoke", &headers, body).await;
        refused.refused_oauth(415, "invalid_request");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let refused = driftwood.send(method, &in_query, &headers, "").await;
        refused.refused_oauth(405, "invalid_request");
        assert_eq!(refused.header("allow"), "POST, OPTIONS");
    }
    let long = format!("token={}", "x".repeat(70_000));
    driftwood.form("/oauth2/revoke", &headers, &long).await.refused_oauth(413, "invalid_request");
    assert!(driftwood.is_alive(text(&tokens, "access_token")).await);
}

#[tokio::test]
async fn a_page_of_any_origin_may_revoke_its_tokens() {
    let driftwood = TestServer::start().await;
    let asks = [
        ("origin", "https://album.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    let preflight = driftwood.send(Method::OPTIONS, "/oauth2/revoke", &asks, "").await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, "*"));
    assert!(preflight.header("access-control-allow-methods").contains("POST"));
    assert_eq!(preflight.header("access-control-allow-credentials"), "");
    let refused = driftwood.form("/oauth2/revoke", &[("origin", "https://album.example")], "token=x").await;
    assert_eq!(refused.header("access-control-allow-origin"), "*", "errors can be read too");
}

#[tokio::test]
async fn a_passing_fault_is_not_noticed() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        for (kind, operation) in [("refresh_token", "TransactWriteItems"), ("access_token", "PutItem")] {
            let (_, tokens) = connected(&driftwood, &client).await;
            driftwood.inject_fault(operation, trouble, 1);
            assert_revoked(&client.revoke(&driftwood, text(&tokens, kind)).await);
            assert_eq!(driftwood.clear_faults(), 1, "{kind} {trouble:?}");
            assert!(!driftwood.is_alive(text(&tokens, "access_token")).await, "{kind} {trouble:?}");
        }
    }
}

#[tokio::test]
async fn a_token_that_could_not_be_revoked_stays_valid_and_its_client_may_retry() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    for (kind, operation) in [
        ("refresh_token", "TransactWriteItems"),
        ("refresh_token", "BatchGetItem"),
        ("access_token", "PutItem"),
        ("access_token", "BatchGetItem"),
    ] {
        let (_, tokens) = connected(&driftwood, &client).await;
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let refused = client.revoke(&driftwood, text(&tokens, kind)).await;
        refused.refused_oauth(503, "temporarily_unavailable");
        assert_eq!(refused.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0);
        assert!(driftwood.is_alive(text(&tokens, "access_token")).await, "{kind} {operation}");
        assert_revoked(&client.revoke(&driftwood, text(&tokens, kind)).await);
        assert!(!driftwood.is_alive(text(&tokens, "access_token")).await, "{kind} {operation}");
    }
}

#[tokio::test]
async fn a_refresh_at_the_same_moment_leaves_no_token_valid() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    for _ in 0..8 {
        let (_, tokens) = connected(&driftwood, &client).await;
        let token = text(&tokens, "refresh_token");
        let both = futures_util::future::join(client.refresh(&driftwood, token), client.revoke(&driftwood, token));
        let (refreshed, revoked) = both.await;
        assert_revoked(&revoked);
        if refreshed.status == 200 {
            let new = refreshed.json();
            assert!(!driftwood.is_alive(text(&new, "access_token")).await);
            client.refresh(&driftwood, text(&new, "refresh_token")).await.refused_oauth(400, "invalid_grant");
        } else {
            refreshed.refused_oauth(400, "invalid_grant");
        }
    }
}
