//! `POST /oauth2/introspect`

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Alice, Client, PASSWORD, TestServer, Trouble, Visitor, claims};

const API: &str = "https://api.example.com";

async fn connected<'d>(driftwood: &'d TestServer, client: &Client) -> (Visitor<'d>, Value) {
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(client, &[]).await;
    let tokens = client.exchange(driftwood, answer.code()).await.json();
    (visitor, tokens)
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}"))
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn inactive() -> Value {
    json!({"active": false})
}

async fn own_token(driftwood: &TestServer, client: &Client, resource: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("resource", resource)];
    text(&client.token(driftwood, &fields).await.json(), "access_token").to_owned()
}

#[tokio::test]
async fn a_client_introspects_its_access_token_and_gets_nothing_about_the_user() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let token = text(&tokens, "access_token");
    let said = claims(token);
    let expected = json!({
        "active": true, "scope": "openid profile email contact_read", "client_id": client.app.client_id,
        "token_type": "Bearer", "exp": said["exp"], "iat": said["iat"], "sub": said["sub"], "aud": client.issuer,
        "iss": client.issuer, "jti": said["jti"],
    });
    let reply = client.call(&driftwood, "/oauth2/introspect", &[("token", token)]).await;
    assert!(reply.header("content-type").starts_with("application/json"));
    assert_eq!((reply.header("cache-control"), reply.header("access-control-allow-origin")), ("no-store", "*"));
    assert_eq!(reply.json(), expected);
}

#[tokio::test]
async fn the_subject_of_a_client_credentials_token_is_the_client() {
    let driftwood = TestServer::start().await;
    let client = driftwood.client(json!({"name": "Job", "scopes": ["contact_read"]})).await;
    let unscoped = driftwood.client(json!({"name": "Free Job"})).await;
    let token = own_token(&driftwood, &client, "").await;
    let active = client.introspect(&driftwood, &token).await;
    assert_eq!((&active["sub"], &active["scope"]), (&json!(client.app.client_id), &json!("contact_read")));
    assert_eq!(active["exp"].as_i64().unwrap() - active["iat"].as_i64().unwrap(), 3_600);
    let active = unscoped.introspect(&driftwood, &own_token(&driftwood, &unscoped, "").await).await;
    assert_eq!((&active["active"], active.get("scope")), (&json!(true), None), "no scopes mean no limit");
}

#[tokio::test]
async fn a_client_introspects_its_refresh_token_and_gets_its_expiry() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let active = client.introspect(&driftwood, text(&tokens, "refresh_token")).await;
    let expected = BTreeSet::from(["active", "scope", "client_id", "exp", "iat", "sub", "iss"]);
    assert_eq!(names(&active), expected, "it is no Bearer token, and has no audience");
    assert_eq!((&active["active"], text(&active, "scope")), (&json!(true), "openid profile email contact_read"));
    assert_eq!(active["sub"], claims(text(&tokens, "access_token"))["sub"]);
    assert_eq!(active["exp"].as_i64().unwrap() - driftwood.clock.now().as_seconds(), 30 * 86_400);
    assert_eq!((text(&active, "client_id"), text(&active, "iss")), (client.app.client_id.as_str(), &*client.issuer));
}

#[tokio::test]
async fn a_hint_that_is_wrong_or_unknown_changes_nothing() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    for (kind, hint) in [
        ("refresh_token", "access_token"),
        ("access_token", "refresh_token"),
        ("access_token", "access_token"),
        ("refresh_token", "unheard-of"),
    ] {
        let fields = [("token", text(&tokens, kind)), ("token_type_hint", hint)];
        let reply = client.call(&driftwood, "/oauth2/introspect", &fields).await;
        assert_eq!(reply.json()["active"], true, "{kind} {hint}");
    }
}

#[tokio::test]
async fn everything_but_a_valid_token_of_the_client_is_inactive_and_nothing_else() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, first) = connected(&driftwood, &client).await;
    let (_, of_other) = connected(&driftwood, &driftwood.web_app().await).await;
    let settings = json!({"name": "Sibling", "scopes": ["contact_read"]});
    let sibling = driftwood.client_of(&client.developer, settings).await;
    let of_sibling = own_token(&driftwood, &sibling, "").await;
    let second = client.refresh(&driftwood, text(&first, "refresh_token")).await.json();
    let (developer, access_token) = (&client.developer, text(&second, "access_token"));
    let long = "x".repeat(20_000);
    let unsigned = access_token.rsplit_once('.').unwrap().0;
    let refresh_token = text(&second, "refresh_token");
    let (most, last) = refresh_token.split_at(refresh_token.len() - 1);
    let forged = format!("{most}{}", if last == "x" { "y" } else { "x" });
    let shown: [(&str, &str); 15] = [
        ("rubbish", "rubbish"),
        ("an empty JWT", ".."),
        ("a long string", &long),
        ("a JWT without signature", unsigned),
        ("a forged refresh token", &forged),
        ("the prefix of one", "dw_rt_"),
        ("another's access token", text(&of_other, "access_token")),
        ("another's refresh token", text(&of_other, "refresh_token")),
        ("a sibling's token", &of_sibling),
        ("an ID token", text(&first, "id_token")),
        ("a rotated refresh token", text(&first, "refresh_token")),
        ("the developer's own access token", &developer.access_token),
        ("the developer's own refresh token", &developer.refresh_token),
        ("the client's secret", &client.app.client_secret),
        ("the client's id", &client.app.client_id),
    ];
    for (what, token) in shown {
        let reply = client.call(&driftwood, "/oauth2/introspect", &[("token", token)]).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, r#"{"active":false}"#), "{what}");
    }
    for token in [refresh_token, access_token, text(&first, "access_token")] {
        assert_eq!(client.introspect(&driftwood, token).await["active"], true);
        assert_eq!(sibling.introspect(&driftwood, token).await, inactive());
    }
}

/// Asserts that introspection reports exactly the tokens that work as active.
async fn assert_truthful(driftwood: &TestServer, client: &Client, tokens: &Value, is_valid: bool, when: &str) {
    let access_token = text(tokens, "access_token");
    let said = client.introspect(driftwood, access_token).await;
    assert_eq!(said["active"], is_valid, "{when}: {said}");
    assert_eq!(driftwood.is_alive(access_token).await, is_valid, "{when}");
    if !is_valid {
        assert_eq!(said, inactive(), "{when}");
        let refresh_token = text(tokens, "refresh_token");
        assert_eq!(client.introspect(driftwood, refresh_token).await, inactive(), "{when}");
        client.refresh(driftwood, refresh_token).await.refused_oauth(400, "invalid_grant");
    }
}

#[tokio::test]
async fn every_way_to_revoke_a_token_shows_at_once() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    for way in ["revoked", "disconnected", "signed out", "signed out everywhere", "replayed code", "stolen"] {
        let visitor = driftwood.visitor();
        let email = visitor.signed_up().await;
        let code = visitor.approve(&client, &[]).await.code().to_owned();
        let tokens = client.exchange(&driftwood, &code).await.json();
        assert_truthful(&driftwood, &client, &tokens, true, way).await;
        match way {
            "revoked" => assert_eq!(client.revoke(&driftwood, text(&tokens, "refresh_token")).await.status, 200),
            "disconnected" => crate::account::disconnect(&visitor, "Web App").await,
            "signed out" => {
                let page = visitor.get("/oauth2/logout").await;
                visitor.submit(&page, &[]).await;
            }
            "signed out everywhere" => {
                let alice = Alice::from(&email, &driftwood.login(&email, PASSWORD).await.result());
                driftwood.post_as(&alice.access_token, "auth-logout", json!({"everywhere": true})).await.result();
            }
            "replayed code" => _ = client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant"),
            _ => {
                client.refresh(&driftwood, text(&tokens, "refresh_token")).await;
                driftwood.advance(61);
                client.refresh(&driftwood, text(&tokens, "refresh_token")).await.refused_oauth(400, "invalid_grant");
            }
        }
        assert_truthful(&driftwood, &client, &tokens, false, way).await;
    }
}

#[tokio::test]
async fn a_disabled_user_and_expiry_make_tokens_inactive_too() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    let page = visitor.authorize(&client, &[]).await;
    let consent = visitor.sign_in(&page, &alice.email, PASSWORD).await;
    let answer = client.answer(&visitor.allow(&consent).await);
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    assert_truthful(&driftwood, &client, &tokens, true, "before").await;
    driftwood.operator_disables(&alice).await;
    assert_truthful(&driftwood, &client, &tokens, false, "disabled").await;

    let (_, tokens) = connected(&driftwood, &client).await;
    driftwood.advance(7_199);
    assert_truthful(&driftwood, &client, &tokens, true, "in its last second").await;
    driftwood.advance(1);
    let access_token = text(&tokens, "access_token");
    assert_eq!(client.introspect(&driftwood, access_token).await, inactive());
    assert!(!driftwood.is_alive(access_token).await);
    let refresh_token = text(&tokens, "refresh_token");
    driftwood.advance(30 * 86_400 - 7_201);
    assert_eq!(client.introspect(&driftwood, refresh_token).await["active"], true);
    driftwood.advance(1);
    assert_eq!(client.introspect(&driftwood, refresh_token).await, inactive());
    client.refresh(&driftwood, refresh_token).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn an_access_token_that_was_revoked_alone_leaves_its_session_active() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    client.revoke(&driftwood, text(&tokens, "access_token")).await;
    assert_eq!(client.introspect(&driftwood, text(&tokens, "access_token")).await, inactive());
    assert_eq!(client.introspect(&driftwood, text(&tokens, "refresh_token")).await["active"], true);
    let own = own_token(&driftwood, &client, "").await;
    client.revoke(&driftwood, &own).await;
    assert_eq!(client.introspect(&driftwood, &own).await, inactive());
}

#[tokio::test]
async fn a_scope_that_the_client_lost_is_not_returned() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let change = json!({"id": client.app.id, "scopes": ["openid", "profile"]});
    driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await.result();
    for name in ["access_token", "refresh_token"] {
        assert_eq!(client.introspect(&driftwood, text(&tokens, name)).await["scope"], "openid profile", "{name}");
    }
}

/// Copies the apps and users of `from` to `to`, like an operator who restores a backup.
/// The apps and users of another server, so that parameters can name them.
pub async fn restore(from: &TestServer, to: &TestServer) {
    for table in ["Apps", "Users"] {
        let scan = from.server.dynamodb.scan().table_name(from.server.table(table)).send().await.expect("a scan");
        for item in scan.items() {
            let put = to.server.dynamodb.put_item().table_name(to.server.table(table)).set_item(Some(item.clone()));
            put.send().await.expect("the operator may");
        }
    }
}

#[tokio::test]
async fn an_api_sees_the_tokens_that_are_for_it_and_no_others() {
    let before = TestServer::start().await;
    let operator = json!({"email": "operator@example.com", "password": PASSWORD, "name": "Olga"});
    let operator = Alice::from("", &before.post("auth-register", operator).await.result());
    let api = before.client_of(&operator, json!({"name": "Some API"})).await;
    let servers = format!("{}={API}", api.app.client_id);
    let resources = format!("{API} [client_credentials=any]; https://other.example.com [client_credentials=any]");
    let driftwood = TestServer::start_with(&[("Resources", &resources), ("ResourceServers", &servers)]).await;
    restore(&before, &driftwood).await;
    let client = driftwood.web_app().await;
    let token = own_token(&driftwood, &client, API).await;
    let active = api.introspect(&driftwood, &token).await;
    let expected =
        BTreeSet::from(["active", "scope", "client_id", "token_type", "exp", "iat", "sub", "aud", "iss", "jti"]);
    assert_eq!(names(&active), expected);
    assert_eq!((text(&active, "aud"), text(&active, "client_id")), (API, &*client.app.client_id));

    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(&client, &[("resource", API)]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    let of_user = text(&tokens, "access_token");
    assert_eq!(api.introspect(&driftwood, of_user).await["sub"], claims(of_user)["sub"]);
    let elsewhere = own_token(&driftwood, &client, "https://other.example.com").await;
    let ours = own_token(&driftwood, &client, "").await;
    let alice = driftwood.alice().await;
    for token in [text(&tokens, "refresh_token"), &elsewhere, &ours, &alice.access_token, text(&tokens, "id_token")] {
        assert_eq!(api.introspect(&driftwood, token).await, inactive());
    }
    for token in [&token, &elsewhere, &ours] {
        assert_eq!(client.introspect(&driftwood, token).await["active"], true, "each client introspects its own token");
    }
    let unrelated = driftwood.web_app().await;
    assert_eq!(unrelated.introspect(&driftwood, &token).await, inactive());
    client.revoke(&driftwood, &token).await;
    client.revoke(&driftwood, text(&tokens, "refresh_token")).await;
    for token in [&token, of_user] {
        assert_eq!(api.introspect(&driftwood, token).await, inactive());
    }
    api.revoke(&driftwood, &elsewhere).await.refused_oauth(400, "invalid_request");
}

#[tokio::test]
async fn an_unauthenticated_client_learns_nothing() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let spa = driftwood.spa().await;
    let (_, of_spa) = connected(&driftwood, &spa).await;
    let path = "/oauth2/introspect";
    let public = spa.call(&driftwood, path, &[("token", text(&of_spa, "access_token"))]).await;
    public.refused_oauth(401, "invalid_client");
    let token = format!("token={}", text(&tokens, "access_token"));
    let wrong = crate::harness::Program { client_secret: "dw_cs_wrong".to_owned(), ..client.app.clone() };
    let by_header = driftwood.form(path, &[("authorization", &wrong.basic())], &token).await;
    by_header.refused_oauth(401, "invalid_client");
    assert!(by_header.header("www-authenticate").starts_with("Basic realm="));
    let id = &client.app.client_id;
    for credentials in [
        format!("client_id={id}"),
        format!("client_id={id}&client_secret=x"),
        "client_id=dw_ci_01890a5dac96774bbcceb302099a8057".to_owned(),
        "client_id=nobody".to_owned(),
    ] {
        driftwood.form(path, &[], &format!("{token}&{credentials}")).await.refused_oauth(401, "invalid_client");
    }
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    driftwood.form(path, &[("authorization", &bearer)], &token).await.refused_oauth(401, "invalid_client");
    let post = format!("{token}&client_id={id}&client_secret={}", client.app.client_secret);
    assert_eq!(driftwood.form(path, &[], &post).await.json()["active"], true);
}

#[tokio::test]
async fn a_request_without_credentials_is_unauthorized() {
    let driftwood = TestServer::start().await;
    let refused = driftwood.form("/oauth2/introspect", &[], "token=x").await;
    refused.refused_oauth(401, "invalid_client");
    assert!(refused.header("www-authenticate").starts_with("Basic realm="));
}

#[tokio::test]
async fn a_malformed_request_is_refused() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    let (token, basic) = (text(&tokens, "access_token"), client.app.basic());
    let headers = [("authorization", basic.as_str())];
    let path = "/oauth2/introspect";
    for form in [
        String::new(),
        "token=".to_owned(),
        "token_type_hint=access_token".to_owned(),
        format!("token={token}&token=x"),
        format!("token={token}&x=%ff"),
    ] {
        driftwood.form(path, &headers, &form).await.refused_oauth(400, "invalid_request");
    }
    let in_query = format!("{path}?token={token}");
    driftwood.form(&in_query, &headers, &format!("token={token}")).await.refused_oauth(400, "invalid_request");
    let get = driftwood.send(Method::GET, &in_query, &headers, "").await;
    get.refused_oauth(405, "invalid_request");
    assert_eq!(get.header("allow"), "POST, OPTIONS");
    let json_headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
    let in_json = driftwood.send(Method::POST, path, &json_headers, json!({"token": token}).to_string()).await;
    in_json.refused_oauth(415, "invalid_request");
}

#[tokio::test]
async fn an_unavailable_database_makes_no_token_inactive() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let (_, tokens) = connected(&driftwood, &client).await;
    for name in ["access_token", "refresh_token"] {
        let fields = [("token", text(&tokens, name))];
        for trouble in [Trouble::Throttled, Trouble::TimeoutBefore] {
            driftwood.inject_fault("BatchGetItem", trouble, 50);
            let refused = client.call(&driftwood, "/oauth2/introspect", &fields).await;
            refused.refused_oauth(503, "temporarily_unavailable");
            assert_eq!(refused.header("retry-after"), "1");
            assert!(driftwood.clear_faults() > 0);
            driftwood.inject_fault("BatchGetItem", trouble, 1);
            assert_eq!(client.introspect(&driftwood, fields[0].1).await["active"], true, "{name} {trouble:?}");
            driftwood.clear_faults();
        }
    }
}
