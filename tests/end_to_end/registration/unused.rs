//! Unused clients expire, and unowned clients get nothing without a user.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};

use super::{GONE, REGISTER_V1, Registered, manage, public_client, register, web_app};
use crate::harness::{DEVICE_GRANT, TestServer};

const DAY: u64 = 86_400;

/// The seconds until each client in the table expires.
async fn lifetimes(driftwood: &TestServer) -> Vec<i64> {
    let scan = driftwood.server.dynamodb.scan().table_name(driftwood.server.table("Apps")).send().await.unwrap();
    let now = driftwood.clock.now().as_seconds();
    let end = |item: &std::collections::HashMap<String, AttributeValue>| {
        item["expires_at"].as_n().unwrap().parse::<i64>().unwrap() - now
    };
    let mut lifetimes: Vec<i64> = scan.items().iter().map(end).collect();
    lifetimes.sort_unstable();
    lifetimes
}

#[tokio::test]
async fn a_hundred_registrations_leave_what_the_limit_lets_through_and_that_for_a_month() {
    let driftwood = TestServer::start().await;
    let mut registered = 0;
    for _ in 0..100 {
        let reply = register(&driftwood, &json!({"redirect_uris": ["https://notes.example/cb"]})).await;
        match reply.status {
            201 => registered += 1,
            _ => _ = reply.refused_oauth(429, "temporarily_unavailable"),
        }
    }
    let lifetimes = lifetimes(&driftwood).await;
    assert_eq!((registered, lifetimes.len()), (60, 60));
    assert!(lifetimes.iter().all(|end| (1..=30 * DAY as i64).contains(end)), "{lifetimes:?}");
    assert_eq!(driftwood.count_items("Limits").await, 1, "one counter counts them all");
}

#[tokio::test]
async fn a_client_that_is_not_used_is_unknown_after_a_month() {
    let driftwood = TestServer::start().await;
    for is_public in [false, true] {
        let registered = if is_public { public_client(&driftwood).await } else { web_app(&driftwood).await };
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        driftwood.advance(30 * DAY - 1);
        assert_eq!(driftwood.visitor().authorize(&registered.client, &[]).await.heading(), "Sign in");
        driftwood.advance(1);
        registered.manage(&driftwood, Method::GET, &Value::Null).await.refused_oauth(401, "invalid_token");
        registered.client.token(&driftwood, &form).await.refused_oauth(401, "invalid_client");
        let page = driftwood.visitor().get(&registered.client.authorize_path(&[])).await;
        page.refused_page(400, GONE);
        let put = json!({"client_id": registered.answer["client_id"], "redirect_uris": ["https://notes.example/cb"]});
        registered.manage(&driftwood, Method::PUT, &put).await.refused_oauth(401, "invalid_token");
    }
}

#[tokio::test]
async fn whatever_a_client_does_authenticated_it_lives_a_month_more() {
    let driftwood = TestServer::start().await;
    let unknown = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    for way in ["read", "replace", "token", "push", "revoke", "device"] {
        let metadata = json!({
            "client_name": "Field Notes", "redirect_uris": ["https://notes.example/cb"],
            "grant_types": ["authorization_code", "refresh_token", DEVICE_GRANT],
        });
        let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
        let client = &registered.client;
        driftwood.advance(29 * DAY);
        match way {
            "read" => assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.status, 200),
            "replace" => {
                let mut put = metadata.clone();
                put["client_id"] = registered.answer["client_id"].clone();
                let replaced = registered.manage(&driftwood, Method::PUT, &put).await.json();
                let until = driftwood.clock.now().as_seconds() + 30 * DAY as i64;
                assert_eq!(replaced["client_secret_expires_at"], until, "and it says so");
            }
            "token" => _ = client.token(&driftwood, &unknown).await.refused_oauth(400, "invalid_grant"),
            "push" => assert_eq!(client.push(&driftwood, &[]).await.status, 201),
            "revoke" => assert_eq!(client.revoke(&driftwood, "x").await.status, 200),
            _ => _ = client.ask(&driftwood).await,
        }
        driftwood.advance(29 * DAY);
        assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.status, 200, "{way}");
        driftwood.advance(30 * DAY);
        registered.manage(&driftwood, Method::GET, &Value::Null).await.refused_oauth(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_a_denial_extend_no_life_and_a_use_is_noted_once_a_day() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    driftwood.advance(DAY / 2);
    let wrong = driftwood.unowned_client(&registered.client.app.client_id, "wrong", "https://notes.example/cb");
    let unknown = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    wrong.token(&driftwood, &unknown).await.refused_oauth(401, "invalid_client");
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&registered.client, &[("scope", "openid")]).await;
    registered.client.answer(&visitor.submit(&page, &[("decision", "deny")]).await).refused("access_denied");
    registered.manage(&driftwood, Method::GET, &Value::Null).await;
    assert_eq!(lifetimes(&driftwood).await, [59 * DAY as i64 / 2]);
    driftwood.advance(DAY / 2);
    registered.manage(&driftwood, Method::GET, &Value::Null).await;
    assert_eq!(lifetimes(&driftwood).await, [30 * DAY as i64]);
}

#[tokio::test]
async fn a_use_without_a_user_does_not_shorten_the_life_that_a_consent_gave() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&registered.client, &[("scope", "openid")]).await.code();
    driftwood.advance(10 * DAY);
    assert_eq!(registered.client.push(&driftwood, &[]).await.status, 201);
    assert_eq!(lifetimes(&driftwood).await, [170 * DAY as i64]);
}

#[tokio::test]
async fn a_client_with_consent_lives_for_half_a_year_from_its_last_use() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&registered.client, &[("scope", "contact_read")]).await.code().to_owned();
    assert_eq!(lifetimes(&driftwood).await, [180 * DAY as i64]);
    let mut tokens = registered.client.exchange(&driftwood, &code).await.json();
    for _ in 0..9 {
        driftwood.advance(28 * DAY);
        let refreshed = registered.client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refreshed.status, 200, "{}", refreshed.text);
        tokens = refreshed.json();
        assert!(lifetimes(&driftwood).await[0] > 80 * DAY as i64, "it never comes close to its end");
    }
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    driftwood.advance(lifetimes(&driftwood).await[0] as u64);
    let late = registered.client.token(&driftwood, &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    late.refused_oauth(401, "invalid_client");
}

#[tokio::test]
async fn a_public_client_with_consent_lives_on_as_well() {
    let driftwood = TestServer::start().await;
    let metadata = json!({
        "client_name": "My App", "redirect_uris": ["https://example.com/callback"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    });
    let reply = manage(&driftwood, "", Method::POST, REGISTER_V1, &metadata).await;
    let registered = Registered::from(&driftwood, &reply);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&registered.client, &[("scope", "openid")]).await.code().to_owned();
    let tokens = registered.client.exchange(&driftwood, &code).await.json();
    driftwood.advance(2 * DAY);
    let refreshed = registered.client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, 200);
    assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn without_a_user_an_unowned_client_gets_nothing() {
    let driftwood = TestServer::start().await;
    let metadata = json!({
        "client_name": "Greedy", "redirect_uris": ["https://greedy.example/cb"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "gdpr_write gdpr_read contact_write openid",
    });
    let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
    let client = &registered.client;
    for scope in ["", "openid", "gdpr_write"] {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        client.token(&driftwood, &form).await.refused_oauth(400, "unauthorized_client");
        let body = json!({
            "grant_type": "client_credentials", "client_id": client.app.client_id, "client_secret": client.app.client_secret,
        });
        driftwood.post("oauth-token", body).await.refused(400, "unauthorized_client");
    }
    let device = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", "x")];
    client.token(&driftwood, &device).await.refused_oauth(400, "unauthorized_client");
    let password = [("grant_type", "password"), ("username", "x"), ("password", "x")];
    client.token(&driftwood, &password).await.refused_oauth(400, "unsupported_grant_type");
    for (grant, name) in [("authorization_code", "code"), ("refresh_token", "refresh_token")] {
        client.token(&driftwood, &[("grant_type", grant), (name, "x")]).await.refused_oauth(400, "invalid_grant");
    }
    let silent = client.authorize_path(&[("prompt", "none"), ("scope", "openid")]);
    client.answer(&driftwood.visitor().in_frame(&silent).await).refused("login_required");
}

#[tokio::test]
async fn a_consent_to_a_public_unowned_client_is_never_remembered() {
    let driftwood = TestServer::start().await;
    let registered = public_client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let scope = ("scope", "openid");
    for _ in 0..2 {
        let silent = visitor.in_frame(&registered.client.authorize_path(&[scope, ("prompt", "none")])).await;
        registered.client.answer(&silent).refused("consent_required");
        let page = visitor.authorize(&registered.client, &[scope]).await;
        assert_eq!(page.heading(), "Field Notes wants to access your account");
        registered.client.answer(&visitor.allow(&page).await).code();
    }
}

#[tokio::test]
async fn an_unowned_client_gets_only_what_a_user_consented_to() {
    let driftwood = TestServer::start().await;
    let registered = public_client(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&registered.client, &[("scope", "openid contact_read")]).await.code().to_owned();
    let tokens = registered.client.exchange(&driftwood, &code).await.json();
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    let create = driftwood.post_as(access, "contacts-create", json!({"email": "a@b.example"})).await;
    create.refused(403, "insufficient_scope");
    let wider = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "openid contact_write")];
    registered.client.token(&driftwood, &wider).await.refused_oauth(400, "invalid_scope");
    let page = visitor.authorize(&registered.client, &[("scope", "contact_write")]).await;
    assert!(page.text.contains("Create and change your account’s contacts"), "it may ask for more, and is asked");
}
