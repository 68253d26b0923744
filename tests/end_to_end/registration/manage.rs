//! `GET,PUT,DELETE /oauth2/register/{client_id}`

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{GONE, REGISTER, Registered, manage, public_client, register, web_app};
use crate::harness::{Signer, TestServer, Trouble, Visitor};

/// The metadata of [`web_app`] with this change.
fn metadata(registered: &Registered, change: Value) -> Value {
    let mut metadata = json!({
        "client_id": registered.answer["client_id"], "client_name": "Field Notes",
        "redirect_uris": ["https://notes.example/cb"], "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": registered.answer["token_endpoint_auth_method"],
    });
    metadata.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    metadata
}

async fn connected<'d>(driftwood: &'d TestServer, registered: &Registered) -> (Visitor<'d>, Value) {
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let answer = visitor.approve(&registered.client, &[("scope", "contact_read")]).await;
    let tokens = registered.client.exchange(driftwood, answer.code()).await.json();
    (visitor, tokens)
}

#[tokio::test]
async fn a_client_reads_what_it_registered() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    driftwood.advance(60);
    let reply = registered.manage(&driftwood, Method::GET, &Value::Null).await;
    assert_eq!((reply.status, reply.header("cache-control"), reply.header("pragma")), (200, "no-store", "no-cache"));
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    let mut expected = registered.answer.clone();
    expected.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(reply.json(), expected);
}

#[tokio::test]
async fn a_replacement_replaces_all_metadata() {
    let driftwood = TestServer::start().await;
    let full = json!({
        "client_name": "Field Notes", "redirect_uris": ["https://notes.example/cb"], "scope": "contact_read",
        "grant_types": ["authorization_code", "refresh_token"], "client_uri": "https://notes.example/",
        "contacts": ["zoe"], "post_logout_redirect_uris": ["https://notes.example/"], "software_id": "1",
        "id_token_signed_response_alg": "ES256", "jwks": Signer::es256("1").jwks(),
    });
    let registered = Registered::from(&driftwood, &register(&driftwood, &full).await);
    driftwood.advance(60);
    let little = json!({"client_id": registered.answer["client_id"], "redirect_uris": ["https://new.example/cb"]});
    let reply = registered.manage(&driftwood, Method::PUT, &little).await;
    let expected = json!({
        "client_id": registered.answer["client_id"],
        "client_id_issued_at": registered.answer["client_id_issued_at"],
        "client_secret_expires_at": registered.answer["client_secret_expires_at"],
        "registration_client_uri": registered.answer["registration_client_uri"],
        "registration_access_token": registered.token(),
        "client_name": "new.example",
        "redirect_uris": ["https://new.example/cb"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "application_type": "web",
        "id_token_signed_response_alg": "RS256",
        "scope": reply.json()["scope"],
    });
    assert_eq!((reply.status, reply.json()), (200, expected.clone()));
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.json(), expected);

    let visitor = driftwood.visitor();
    visitor.get(&registered.client.authorize_path(&[])).await.refused_page(400, "This link does not work");
    visitor.signed_up().await;
    let there = driftwood.unowned_client(
        &registered.client.app.client_id,
        &registered.client.app.client_secret,
        "https://new.example/cb",
    );
    let code = visitor.approve(&there, &[]).await.code().to_owned();
    let tokens = there.exchange(&driftwood, &code).await;
    assert_eq!((tokens.status, tokens.json().get("refresh_token")), (200, None), "the secret stays, the grant is gone");
}

#[tokio::test]
async fn an_invalid_replacement_changes_nothing() {
    let driftwood = TestServer::start().await;
    let (registered, other) = (web_app(&driftwood).await, web_app(&driftwood).await);
    let before = registered.manage(&driftwood, Method::GET, &Value::Null).await.text;
    for change in [
        json!({"client_id": null}),
        json!({"client_id": other.answer["client_id"]}),
        json!({"client_id": ""}),
        json!({"client_id": 1}),
        json!({"client_id": registered.client.app.client_id.to_uppercase()}),
        json!({"registration_access_token": registered.token()}),
        json!({"registration_client_uri": registered.answer["registration_client_uri"]}),
        json!({"client_secret_expires_at": 0}),
        json!({"client_id_issued_at": registered.answer["client_id_issued_at"]}),
        json!({"client_secret": "wrong"}),
        json!({"client_secret": ""}),
        json!({"client_secret": 1}),
        json!({"client_secret": other.answer["client_secret"]}),
    ] {
        let reply = registered.manage(&driftwood, Method::PUT, &metadata(&registered, change.clone())).await;
        assert_eq!(reply.status, 400, "{change}");
        let error = reply.json()["error"].as_str().unwrap().to_owned();
        assert!(["invalid_client_metadata", "invalid_request"].contains(&error.as_str()), "{change}: {error}");
    }
    let after = registered.manage(&driftwood, Method::GET, &Value::Null).await;
    assert_eq!(after.text, before);
    let own = metadata(&registered, json!({"client_secret": registered.answer["client_secret"]}));
    assert_eq!(registered.manage(&driftwood, Method::PUT, &own).await.status, 200, "its own secret is accepted");
    let public = public_client(&driftwood).await;
    let secret = metadata(&public, json!({"client_secret": "invented"}));
    public.manage(&driftwood, Method::PUT, &secret).await.refused_oauth(400, "invalid_client_metadata");
}

#[tokio::test]
async fn a_secret_is_created_and_deleted_with_the_authentication_method() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let by_post = metadata(&registered, json!({"token_endpoint_auth_method": "client_secret_post"}));
    let changed = registered.manage(&driftwood, Method::PUT, &by_post).await.json();
    assert_eq!(
        (changed.get("client_secret"), &changed["token_endpoint_auth_method"]),
        (None, &json!("client_secret_post"))
    );
    registered.client.token(&driftwood, &refresh).await.refused_oauth(400, "invalid_grant");

    let public = metadata(&registered, json!({"token_endpoint_auth_method": "none"}));
    let bare = registered.manage(&driftwood, Method::PUT, &public).await.json();
    assert!(bare.get("client_secret").is_none() && bare.get("client_secret_expires_at").is_none());
    registered.client.token(&driftwood, &refresh).await.refused_oauth(401, "invalid_client");
    let without = driftwood.unowned_client(&registered.client.app.client_id, "", "https://notes.example/cb");
    without.token(&driftwood, &refresh).await.refused_oauth(400, "invalid_grant");

    let by_basic = metadata(&registered, json!({"token_endpoint_auth_method": "client_secret_basic"}));
    let renewed = registered.manage(&driftwood, Method::PUT, &by_basic).await.json();
    let secret = renewed["client_secret"].as_str().expect("a new secret");
    assert_eq!(renewed["client_secret_expires_at"], registered.answer["client_secret_expires_at"]);
    assert_ne!(secret, registered.client.app.client_secret);
    registered.client.token(&driftwood, &refresh).await.refused_oauth(401, "invalid_client");
    without.token(&driftwood, &refresh).await.refused_oauth(401, "invalid_client");
    let with_new = driftwood.unowned_client(&registered.client.app.client_id, secret, "https://notes.example/cb");
    with_new.token(&driftwood, &refresh).await.refused_oauth(400, "invalid_grant");

    let signer = Signer::es256("1");
    let by_key = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": signer.jwks()});
    let signing = registered.manage(&driftwood, Method::PUT, &metadata(&registered, by_key)).await.json();
    assert_eq!((signing.get("client_secret"), &signing["jwks"]), (None, &signer.jwks()));
    with_new.token(&driftwood, &refresh).await.refused_oauth(401, "invalid_client");
    let by_key = crate::harness::Client { signer: Some(signer), ..without };
    by_key.token(&driftwood, &refresh).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn a_client_that_deletes_its_registration_loses_all_its_tokens() {
    let driftwood = TestServer::start().await;
    for is_public in [false, true] {
        let registered = if is_public { public_client(&driftwood).await } else { web_app(&driftwood).await };
        let (visitor, tokens) = connected(&driftwood, &registered).await;
        let waiting = visitor.authorize(&registered.client, &[]).await;
        let code = visitor.approve(&registered.client, &[]).await.code().to_owned();
        let access_token = tokens["access_token"].as_str().unwrap();
        assert!(driftwood.is_alive(access_token).await);
        let ended = registered.manage(&driftwood, Method::DELETE, &Value::Null).await;
        assert_eq!((ended.status, ended.text.as_str(), ended.header("cache-control")), (204, "", "no-store"));
        assert_eq!(ended.header("access-control-allow-origin"), "*");
        assert!(!driftwood.is_alive(access_token).await);
        let refresh = registered.client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
        refresh.refused_oauth(401, "invalid_client");
        registered.client.exchange(&driftwood, &code).await.refused_oauth(401, "invalid_client");
        visitor.allow(&waiting).await.refused_page(400, GONE);
        let page = visitor.get(&registered.client.authorize_path(&[])).await;
        page.refused_page(400, GONE);
        assert!(page.text.contains("remove the connection there and add it again"), "{}", page.text);
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let body = if method == Method::PUT { metadata(&registered, json!({})) } else { Value::Null };
            registered.manage(&driftwood, method, &body).await.refused_oauth(401, "invalid_token");
        }
        driftwood.advance(31 * 86_400);
        registered.manage(&driftwood, Method::GET, &Value::Null).await.refused_oauth(401, "invalid_token");
        visitor.get(&registered.client.authorize_path(&[])).await.refused_page(400, GONE);
    }
}

#[tokio::test]
async fn a_token_of_one_client_is_refused_for_another_and_is_revoked() {
    let driftwood = TestServer::start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let (one, two) = (web_app(&driftwood).await, web_app(&driftwood).await);
        let body = if method == Method::PUT { metadata(&two, json!({})) } else { Value::Null };
        let reply = manage(&driftwood, one.token(), method.clone(), &two.path(), &body).await;
        reply.refused_oauth(401, "invalid_token");
        one.manage(&driftwood, Method::GET, &Value::Null).await.refused_oauth(401, "invalid_token");
        let shown = two.manage(&driftwood, Method::GET, &Value::Null).await;
        assert_eq!(shown.status, 200, "{method} of another did nothing to it");
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        one.client.token(&driftwood, &form).await.refused_oauth(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_forged_token_does_not_revoke_the_real_one() {
    let driftwood = TestServer::start().await;
    let (one, two) = (web_app(&driftwood).await, web_app(&driftwood).await);
    let mut bytes = URL_SAFE_NO_PAD.decode(one.token().strip_prefix("dw_ra_").unwrap()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = format!("dw_ra_{}", URL_SAFE_NO_PAD.encode(bytes));
    for path in [one.path(), two.path()] {
        manage(&driftwood, &forged, Method::GET, &path, &Value::Null).await.refused_oauth(401, "invalid_token");
    }
    assert_eq!(one.manage(&driftwood, Method::GET, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn every_other_token_gets_the_same_response() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    let (_, tokens) = connected(&driftwood, &registered).await;
    let alice = driftwood.alice().await;
    let unknown = format!("{REGISTER}/dw_ci_00000000000000000000000000000000");
    let first = manage(&driftwood, "", Method::GET, &registered.path(), &Value::Null).await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let cut = registered.token()[..registered.token().len() - 1].to_owned();
    for token in [
        "",
        "rubbish",
        "dw_ra_",
        "dw_ra_AAAA",
        &cut,
        &registered.token().replace("dw_ra_", "dw_rt_"),
        &text("access_token"),
        &text("refresh_token"),
        &registered.client.app.client_secret,
        &alice.access_token,
    ] {
        for (method, path) in [
            (Method::GET, registered.path()),
            (Method::PUT, registered.path()),
            (Method::DELETE, registered.path()),
            (Method::GET, unknown.clone()),
        ] {
            let refused = manage(&driftwood, token, method, &path, &Value::Null).await;
            refused.refused_oauth(401, "invalid_token");
            assert_eq!(refused.text, first.text);
            assert!(refused.header("www-authenticate").starts_with("Bearer "));
        }
    }
    let basic = [("authorization", registered.client.app.basic())];
    let basic = basic.each_ref().map(|(name, value)| (*name, value.as_str()));
    driftwood.send(Method::GET, &registered.path(), &basic, "").await.refused_oauth(401, "invalid_token");
    let in_query = format!("{}?access_token={}", registered.path(), registered.token());
    driftwood.send(Method::GET, &in_query, &[], "").await.refused_oauth(401, "invalid_token");
    assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn an_app_of_a_user_is_not_reached_by_this_endpoint() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let registered = web_app(&driftwood).await;
    let path = format!("{REGISTER}/{}", client.app.client_id);
    for token in ["", registered.token(), &client.developer.access_token, &client.app.client_secret] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            manage(&driftwood, token, method, &path, &json!({})).await.refused_oauth(401, "invalid_token");
        }
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    client.token(&driftwood, &form).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn a_clients_address_has_three_methods() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    for method in [Method::POST, Method::PATCH] {
        let reply = registered.manage(&driftwood, method.clone(), &metadata(&registered, json!({}))).await;
        reply.refused_oauth(405, "invalid_request");
        assert_eq!(reply.header("allow"), "GET, HEAD, PUT, DELETE, OPTIONS", "{method}");
    }
    for path in ["/oauth2/register/", "/oauth2/register/a/b", "/api/v1/auth/register/x"] {
        let reply = manage(&driftwood, registered.token(), Method::GET, path, &Value::Null).await;
        assert!([401, 404].contains(&reply.status), "{path}: {}", reply.status);
    }
}

#[tokio::test]
async fn of_concurrent_replacements_none_is_half_done() {
    let driftwood = TestServer::start().await;
    let registered = public_client(&driftwood).await;
    let replies = join_all((0..8).map(|n| {
        let (driftwood, registered) = (&driftwood, &registered);
        let change = json!({
            "client_name": format!("Notes {n}"), "redirect_uris": [format!("https://notes.example/{n}")],
            "token_endpoint_auth_method": "client_secret_basic",
        });
        async move { registered.manage(driftwood, Method::PUT, &metadata(registered, change)).await }
    }))
    .await;
    let (done, raced): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert!(!done.is_empty());
    raced.iter().for_each(|reply| _ = reply.refused_oauth(503, "temporarily_unavailable"));
    let after = registered.manage(&driftwood, Method::GET, &Value::Null).await.json();
    let name = after["client_name"].as_str().unwrap().strip_prefix("Notes ").unwrap();
    assert_eq!(after["redirect_uris"], json!([format!("https://notes.example/{name}")]));
    let secrets: Vec<_> =
        done.iter().filter_map(|reply| reply.json()["client_secret"].as_str().map(str::to_owned)).collect();
    assert_eq!(secrets.len(), 1, "one of them returned the secret, and the others found it stored");
    let id = &registered.client.app.client_id;
    let client = driftwood.unowned_client(id, &secrets[0], "https://notes.example/cb");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    client.token(&driftwood, &form).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn faults_of_the_database_lose_no_secret_and_no_deletion() {
    let driftwood = TestServer::start().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let registered = public_client(&driftwood).await;
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let with_secret = metadata(&registered, json!({"token_endpoint_auth_method": "client_secret_basic"}));
        let reply = registered.manage(&driftwood, Method::PUT, &with_secret).await;
        assert_eq!((reply.status, driftwood.clear_faults()), (200, 1), "{trouble:?}");
        let secret = reply.json()["client_secret"].as_str().unwrap().to_owned();
        let client = driftwood.unowned_client(&registered.client.app.client_id, &secret, "https://notes.example/cb");
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        client.token(&driftwood, &form).await.refused_oauth(400, "invalid_grant");
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        assert_eq!(registered.manage(&driftwood, Method::DELETE, &Value::Null).await.status, 204);
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        registered.manage(&driftwood, Method::GET, &Value::Null).await.refused_oauth(401, "invalid_token");
    }
    let registered = web_app(&driftwood).await;
    for (operation, method) in
        [("BatchGetItem", Method::GET), ("TransactWriteItems", Method::PUT), ("TransactWriteItems", Method::DELETE)]
    {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let refused = registered.manage(&driftwood, method, &metadata(&registered, json!({}))).await;
        refused.refused_oauth(503, "temporarily_unavailable");
        assert_eq!(refused.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0);
    }
    assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.status, 200);
}
