//! `grant_type=refresh_token`

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, TestServer, Trouble, Visitor, claims};

async fn connected<'d>(driftwood: &'d TestServer, client: &Client, scope: &str) -> (Visitor<'d>, Value) {
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(client, &[("scope", scope)]).await;
    let tokens = client.exchange(driftwood, answer.code()).await.json();
    (visitor, tokens)
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}"))
}

#[tokio::test]
async fn a_refresh_returns_a_new_pair_and_the_old_token_is_spent() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (_, tokens) = connected(&driftwood, &client, "openid contact_read").await;
    let reply = client.refresh(&driftwood, text(&tokens, "refresh_token")).await;
    let new = reply.json();
    assert_eq!(
        (reply.status, new["expires_in"].as_u64(), text(&new, "scope")),
        (200, Some(7_200), "openid contact_read")
    );
    assert_eq!(new["orgId"], tokens["orgId"]);
    assert_ne!(new["refresh_token"], tokens["refresh_token"]);
    assert!(driftwood.is_alive(text(&new, "access_token")).await);
    // As `drio.txt` shows it: a path of its own that implies the grant, and an unneeded redirect URI.
    let form = format!(
        "client_id={}&redirect_uri=https%3A%2F%2Falbum.example%2Fcb&refresh_token={}",
        client.app.client_id,
        text(&new, "refresh_token")
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let path = "/api/v1/auth/refresh";
    let third = driftwood.send(Method::POST, path, &headers, form.clone()).await.json();
    assert_eq!(text(&third, "token_type"), "Bearer");
    let other_grant =
        driftwood.send(Method::POST, path, &headers, format!("{form}&grant_type=client_credentials")).await;
    other_grant.refused_oauth(400, "invalid_request");
    let missing = driftwood.send(Method::POST, path, &headers, format!("client_id={}", client.app.client_id)).await;
    assert_eq!(
        missing.refused_oauth(400, "invalid_request")["error_description"],
        "Missing required parameter: refresh_token"
    );
}

#[tokio::test]
async fn a_retry_gets_the_same_successor_and_an_older_token_ends_the_session() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (_, tokens) = connected(&driftwood, &client, "contact_read").await;
    let first = client.refresh(&driftwood, text(&tokens, "refresh_token")).await.json();
    driftwood.advance(59);
    let again = client.refresh(&driftwood, text(&tokens, "refresh_token")).await.json();
    assert_eq!(first["refresh_token"], again["refresh_token"]);
    driftwood.advance(1);
    client.refresh(&driftwood, text(&tokens, "refresh_token")).await.refused_oauth(400, "invalid_grant");
    client.refresh(&driftwood, text(&first, "refresh_token")).await.refused_oauth(400, "invalid_grant");
    assert!(!driftwood.is_alive(text(&first, "access_token")).await);
}

#[tokio::test]
async fn of_32_refreshes_at_once_all_get_the_one_successor() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (_, tokens) = connected(&driftwood, &client, "contact_read").await;
    let replies = join_all((0..32).map(|_| client.refresh(&driftwood, text(&tokens, "refresh_token")))).await;
    let successors: std::collections::BTreeSet<String> =
        replies.iter().map(|reply| text(&reply.json(), "refresh_token").to_owned()).collect();
    assert_eq!(successors.len(), 1);
    assert_eq!(client.refresh(&driftwood, successors.first().unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_refresh_may_narrow_for_once_and_never_widen() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (_, tokens) = connected(&driftwood, &client, "openid contact_read contact_write").await;
    let refresh = |token: String, scope: &'static str| {
        let (client, driftwood) = (&client, &driftwood);
        async move {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("scope", scope)];
            client.token(driftwood, &fields).await
        }
    };
    let token = text(&tokens, "refresh_token").to_owned();
    for wider in ["contact_read profile", "contact_read nothing_such", "gdpr_write"] {
        refresh(token.clone(), wider).await.refused_oauth(400, "invalid_scope");
    }
    let narrow = refresh(token, "contact_read").await.json();
    assert_eq!((text(&narrow, "scope"), narrow.get("id_token")), ("contact_read", None));
    let access = text(&narrow, "access_token");
    driftwood
        .post_as(access, "contacts-create", json!({"email": "a@b.example"}))
        .await
        .refused(403, "insufficient_scope");
    let whole = client.refresh(&driftwood, text(&narrow, "refresh_token")).await.json();
    assert_eq!(text(&whole, "scope"), "openid contact_read contact_write");
    driftwood.post_as(text(&whole, "access_token"), "contacts-create", json!({"email": "a@b.example"})).await.result();
}

#[tokio::test]
async fn a_refresh_token_is_refused_for_another_client_and_stays_valid_for_its_own() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (_, tokens) = connected(&driftwood, &client, "contact_read").await;
    let settings = json!({"name": "Sibling", "redirect_uris": ["https://s.example/cb"], "scopes": ["contact_read"], "token_endpoint_auth_method": "none"});
    let sibling = driftwood.client_of(&client.developer, settings).await;
    sibling.refresh(&driftwood, text(&tokens, "refresh_token")).await.refused_oauth(400, "invalid_grant");
    let first_party = driftwood.alice().await;
    client.refresh(&driftwood, &first_party.refresh_token).await.refused_oauth(400, "invalid_grant");
    driftwood.refresh(text(&tokens, "refresh_token")).await.refused(401, "invalid_refresh_token");
    driftwood.refresh(&first_party.refresh_token).await.result();
    let new = client.refresh(&driftwood, text(&tokens, "refresh_token")).await.json();
    assert!(driftwood.is_alive(text(&new, "access_token")).await);
}

#[tokio::test]
async fn a_client_without_the_grant_gets_no_refresh_token() {
    let driftwood = TestServer::start().await;
    let settings = json!({"name": "Once", "redirect_uris": ["https://once.example/cb"], "scopes": ["contact_read"], "grant_types": ["authorization_code"]});
    let client = driftwood.client(settings).await;
    let (_, tokens) = connected(&driftwood, &client, "contact_read").await;
    assert_eq!(tokens.get("refresh_token"), None);
    client.refresh(&driftwood, "dw_rt_anything").await.refused_oauth(400, "unauthorized_client");
}

#[tokio::test]
async fn sessions_of_public_clients_end_after_ninety_days_and_those_of_confidential_ones_do_not() {
    let driftwood = TestServer::start().await;
    let (spa, web) = (driftwood.spa().await, driftwood.web_app().await);
    let (_, mut of_spa) = connected(&driftwood, &spa, "contact_read").await;
    let (_, mut of_web) = connected(&driftwood, &web, "contact_read").await;
    for _ in 0..3 {
        driftwood.advance(29 * 86_400);
        of_spa = spa.refresh(&driftwood, text(&of_spa, "refresh_token")).await.json();
        of_web = web.refresh(&driftwood, text(&of_web, "refresh_token")).await.json();
    }
    driftwood.advance(4 * 86_400);
    spa.refresh(&driftwood, text(&of_spa, "refresh_token")).await.refused_oauth(400, "invalid_grant");
    of_web = web.refresh(&driftwood, text(&of_web, "refresh_token")).await.json();
    driftwood.advance(30 * 86_400);
    web.refresh(&driftwood, text(&of_web, "refresh_token")).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn a_revoked_app_a_disabled_owner_and_a_lost_scope_end_access() {
    let driftwood = TestServer::start().await;
    let (revoked, ownerless, lesser) = (driftwood.spa().await, driftwood.spa().await, driftwood.spa().await);
    let (_, a) = connected(&driftwood, &revoked, "contact_read").await;
    let (_, b) = connected(&driftwood, &ownerless, "contact_read").await;
    let (_, c) = connected(&driftwood, &lesser, "contact_read contact_write").await;
    driftwood
        .post_as(&revoked.developer.access_token, "oauth-apps-revoke", json!({"id": revoked.app.id}))
        .await
        .result();
    driftwood.operator_disables(&ownerless.developer).await;
    let change = json!({"id": lesser.app.id, "scopes": ["contact_read"]});
    driftwood.post_as(&lesser.developer.access_token, "oauth-apps-update", change).await.result();
    for (client, tokens) in [(&revoked, &a), (&ownerless, &b)] {
        assert!(!driftwood.is_alive(text(tokens, "access_token")).await);
        client.refresh(&driftwood, text(tokens, "refresh_token")).await.refused_oauth(401, "invalid_client");
    }
    driftwood
        .post_as(text(&c, "access_token"), "contacts-create", json!({"email": "a@b.example"}))
        .await
        .refused(403, "insufficient_scope");
    let refreshed = lesser.refresh(&driftwood, text(&c, "refresh_token")).await.json();
    assert_eq!(text(&refreshed, "scope"), "contact_read");
}

#[tokio::test]
async fn a_lost_response_ends_no_session() {
    let driftwood = TestServer::start_with(&[("RefreshGraceSeconds", "0")]).await;
    let client = driftwood.spa().await;
    for trouble in [Trouble::TimeoutAfter, Trouble::ResponseLost] {
        let (_, tokens) = connected(&driftwood, &client, "contact_read").await;
        driftwood.inject_fault("UpdateItem", trouble, 1);
        let new = client.refresh(&driftwood, text(&tokens, "refresh_token")).await.json();
        assert_eq!(driftwood.clear_faults(), 1);
        client.refresh(&driftwood, text(&new, "refresh_token")).await.json()["access_token"].as_str().unwrap();
    }
    let (_, tokens) = connected(&driftwood, &client, "contact_read").await;
    driftwood.inject_fault("BatchGetItem", Trouble::TimeoutBefore, 50);
    client.refresh(&driftwood, text(&tokens, "refresh_token")).await.refused_oauth(503, "temporarily_unavailable");
    driftwood.clear_faults();
    assert_eq!(client.refresh(&driftwood, text(&tokens, "refresh_token")).await.status, 200);
}

#[tokio::test]
async fn a_scope_of_the_operator_works_like_a_built_in_one() {
    let driftwood = TestServer::start_with(&[("Scopes", "orders:read=Read your orders")]).await;
    let settings = json!({"name": "Shop", "redirect_uris": ["https://shop.example/cb"], "scopes": ["orders:read"], "token_endpoint_auth_method": "none"});
    let client = driftwood.client(settings).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", "orders:read")]).await;
    assert!(page.text.contains("Read your orders"));
    let answer = client.answer(&visitor.allow(&page).await);
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_eq!(claims(text(&tokens, "access_token"))["scope"], "orders:read");
    driftwood
        .post_as(text(&tokens, "access_token"), "contacts-list", json!({}))
        .await
        .refused(403, "insufficient_scope");
    let document = driftwood.get("/.well-known/openid-configuration").await.json();
    assert!(document["scopes_supported"].as_array().unwrap().contains(&json!("orders:read")));
}
