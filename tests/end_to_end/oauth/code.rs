//! `grant_type=authorization_code`

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, PASSWORD, TestServer, Trouble, VERIFIER, Visitor, challenge, claims};

async fn with_code(driftwood: &TestServer) -> (Client, Visitor<'_>, String) {
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    (client, visitor, code)
}

#[tokio::test]
async fn a_code_is_exchanged_for_tokens() {
    let driftwood = TestServer::start().await;
    let (client, _, code) = with_code(&driftwood).await;
    let reply = client.exchange(&driftwood, &code).await;
    assert_eq!((reply.status, reply.header("cache-control"), reply.header("pragma")), (200, "no-store", "no-cache"));
    let tokens = reply.json();
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_u64()), (Some("Bearer"), Some(7_200)));
    assert_eq!(tokens["scope"], "openid profile email contact_read");
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(tokens["orgId"], access["org_id"]);
    assert_eq!((&access["token_type"], &access["client_id"]), (&json!("oauth_client"), &json!(client.app.client_id)));
    assert_eq!((&access["sub"], access.get("account_id")), (&access["user_id"], None));
    assert!(tokens["refresh_token"].as_str().unwrap().starts_with("dw_rt_"));
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    driftwood
        .post_as(tokens["access_token"].as_str().unwrap(), "contacts-create", json!({"email": "a@b.example"}))
        .await
        .refused(403, "insufficient_scope");
    driftwood
        .post_as(tokens["access_token"].as_str().unwrap(), "oauth-apps-list", json!({}))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn a_secret_a_header_and_json_work_as_well() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    assert_eq!(client.exchange(&driftwood, &code).await.status, 200);
    // As `drift.txt` shows it: the secret in the body and no PKCE; but the redirect URI is repeated (RFC 6749 §4.1.3).
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = visitor.approve(&client, &without).await.code().to_owned();
    let form = format!(
        "client_id={}&client_secret={}&code={code}&grant_type=authorization_code&redirect_uri={}",
        client.app.client_id, client.app.client_secret, client.redirect_uri
    );
    let tokens = driftwood.token_form(&[], &form).await.json();
    assert_eq!(tokens["orgId"], claims(tokens["access_token"].as_str().unwrap())["org_id"]);
    let code = visitor.approve(&client, &without).await.code().to_owned();
    let body = json!({
        "grant_type": "authorization_code", "client_id": client.app.client_id, "client_secret": client.app.client_secret, "code": code,
        "redirect_uri": client.redirect_uri,
    });
    let result = driftwood.post("oauth-token", body).await.result();
    assert_eq!((result["token_type"].as_str(), result["expires_in"].as_u64()), (Some("bearer"), Some(7_200)));
}

#[tokio::test]
async fn a_code_is_refused_with_anything_wrong_and_stays_valid_for_its_client() {
    let driftwood = TestServer::start().await;
    let (client, _, code) = with_code(&driftwood).await;
    let other_client = driftwood.spa().await;
    other_client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    let long = "x".repeat(129);
    for more in [
        ("redirect_uri", "https://album.example/other"),
        ("code_verifier", ""),
        ("code_verifier", "wrongwrongwrongwrongwrongwrongwrongwrongwrong"),
        ("code_verifier", "short"),
        ("code_verifier", long.as_str()),
    ] {
        client.exchange_with(&driftwood, &code, &[more]).await.refused_oauth(400, "invalid_grant");
    }
    for other in ["", "x", "dw_ac_", "dw_ac_AAAA", &code[..code.len() - 1], &code.replace("dw_ac_", "dw_rt_")] {
        let code = if other.is_empty() { "invalid_request" } else { "invalid_grant" };
        client.exchange(&driftwood, other).await.refused_oauth(400, code);
    }
    client
        .exchange_with(&driftwood, &code, &[("resource", "https://other.example")])
        .await
        .refused_oauth(400, "invalid_target");
    assert_eq!(client.exchange_with(&driftwood, &code, &[("redirect_uri", "")]).await.status, 200);
}

#[tokio::test]
async fn a_verifier_for_a_code_without_a_challenge_is_refused() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code =
        visitor.approve(&client, &[("code_challenge", ""), ("code_challenge_method", "")]).await.code().to_owned();
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    assert_eq!(client.exchange_with(&driftwood, &code, &[("code_verifier", "")]).await.status, 200);
}

#[tokio::test]
async fn a_code_without_pkce_needs_the_redirect_uri_that_its_request_had() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let (no_challenge, no_method) = (("code_challenge", ""), ("code_challenge_method", ""));
    let exchange = async |more: &[(&str, &str)], fields: &[(&str, &str)]| {
        let code = visitor.approve(&client, more).await.code().to_owned();
        (code.clone(), client.exchange_with(&driftwood, &code, fields).await)
    };
    let (code, refused) = exchange(&[no_challenge, no_method], &[("code_verifier", ""), ("redirect_uri", "")]).await;
    refused.refused_oauth(400, "invalid_grant");
    assert!(refused.json()["error_description"].as_str().unwrap().contains("redirect_uri is missing"));
    let other = [("code_verifier", ""), ("redirect_uri", "https://web.example/other")];
    client.exchange_with(&driftwood, &code, &other).await.refused_oauth(400, "invalid_grant");
    let repeated = client.exchange_with(&driftwood, &code, &[("code_verifier", "")]).await;
    assert_eq!(repeated.status, 200, "the code was not spent: {}", repeated.text);
    let without = [no_challenge, no_method, ("redirect_uri", "")];
    let (_, implied) = exchange(&without, &[("code_verifier", ""), ("redirect_uri", "")]).await;
    assert_eq!(implied.status, 200, "its request had none: {}", implied.text);
    let (_, with_pkce) = exchange(&[], &[("redirect_uri", "")]).await;
    assert_eq!(with_pkce.status, 200, "as clients of OAuth 2.1 do it: {}", with_pkce.text);
}

#[tokio::test]
async fn a_code_of_an_earlier_version_needs_no_redirect_uri() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = visitor.approve(&client, &without).await.code().to_owned();
    let items = driftwood.items("Authorizations").await;
    let mut item = items.into_iter().find(|item| item.contains_key("names_redirect_uri")).expect("the code");
    item.remove("names_redirect_uri");
    driftwood.put_item("Authorizations", item).await;
    let fields = [("code_verifier", ""), ("redirect_uri", "")];
    assert_eq!(client.exchange_with(&driftwood, &code, &fields).await.status, 200);
}

#[tokio::test]
async fn a_public_client_sends_no_secret_and_a_confidential_one_must() {
    let driftwood = TestServer::start().await;
    let (client, visitor, code) = with_code(&driftwood).await;
    let form = |id: &str, code: &str| {
        format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&client_id={id}")
    };
    let with_secret = format!("{}&client_secret=anything", form(&client.app.client_id, &code));
    driftwood.token_form(&[], &with_secret).await.refused_oauth(401, "invalid_client");
    let confidential = driftwood.web_app().await;
    let other = visitor.approve(&confidential, &[]).await.code().to_owned();
    driftwood.token_form(&[], &form(&confidential.app.client_id, &other)).await.refused_oauth(401, "invalid_client");
    assert_eq!(client.exchange(&driftwood, &code).await.status, 200);
    assert_eq!(confidential.exchange(&driftwood, &other).await.status, 200);
}

#[tokio::test]
async fn an_expired_code_is_refused_though_the_table_still_has_it() {
    let driftwood = TestServer::start().await;
    let (client, visitor, code) = with_code(&driftwood).await;
    driftwood.advance(60);
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    driftwood.advance(59);
    assert_eq!(client.exchange(&driftwood, &code).await.status, 200);
}

#[tokio::test]
async fn a_replayed_code_revokes_its_tokens() {
    let driftwood = TestServer::start().await;
    let (client, _, code) = with_code(&driftwood).await;
    let tokens = client.exchange(&driftwood, &code).await.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    client
        .exchange_with(&driftwood, &code, &[("code_verifier", &"w".repeat(43))])
        .await
        .refused_oauth(400, "invalid_grant");
    driftwood.spa().await.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    assert!(driftwood.is_alive(access_token).await, "a replay that fails another check revokes nothing");
    driftwood.advance(3_000);
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    assert!(!driftwood.is_alive(access_token).await);
    client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn of_32_exchanges_of_one_code_at_most_one_succeeds_and_none_keeps_its_tokens() {
    let driftwood = TestServer::start().await;
    let (client, _, code) = with_code(&driftwood).await;
    let replies = join_all((0..32).map(|_| client.exchange(&driftwood, &code))).await;
    let (good, bad): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(good.len(), 1);
    for reply in bad {
        reply.refused_oauth(400, "invalid_grant");
    }
    let tokens = good[0].json();
    assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await, "the others were replays");
}

#[tokio::test]
async fn a_code_of_a_user_who_signed_out_or_disconnected_is_refused() {
    let driftwood = TestServer::start().await;
    // The user signed out everywhere.
    let (client, visitor, code) = with_code(&driftwood).await;
    let page = visitor.get("/account").await;
    let everywhere = page.forms().into_iter().find(|form| form.text.contains("sign-out-everywhere")).unwrap();
    let fields: Vec<_> = everywhere
        .hidden
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .chain([("action", "sign-out-everywhere")])
        .collect();
    visitor.post("/account", &fields).await;
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    // The user signed out in this browser.
    let (client, visitor, code) = with_code(&driftwood).await;
    let page = visitor.get("/oauth2/logout").await;
    visitor.submit(&page, &[]).await;
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    // The user disconnected the app.
    let (client, visitor, code) = with_code(&driftwood).await;
    crate::account::disconnect(&visitor, "Photo Album").await;
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn a_consent_revoked_during_the_exchange_leaves_no_token_valid() {
    let driftwood = TestServer::start().await;
    for _ in 0..8 {
        let (client, visitor, code) = with_code(&driftwood).await;
        let exchange = client.exchange(&driftwood, &code);
        let disconnect = crate::account::disconnect(&visitor, "Photo Album");
        let (reply, ()) = futures_util::future::join(exchange, disconnect).await;
        if reply.status == 200 {
            assert!(!driftwood.is_alive(reply.json()["access_token"].as_str().unwrap()).await);
        } else {
            reply.refused_oauth(400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn a_token_is_for_the_requested_resource_and_no_other_api() {
    let driftwood =
        TestServer::start_with(&[("Resources", "https://mcp.example.com/mcp https://api.example.com")]).await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let more = [("resource", "https://mcp.example.com/mcp")];
    let code = visitor.approve(&client, &more).await.code().to_owned();
    client
        .exchange_with(&driftwood, &code, &[("resource", "https://api.example.com")])
        .await
        .refused_oauth(400, "invalid_target");
    let tokens = client.exchange_with(&driftwood, &code, &more).await.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims(access_token)["aud"], "https://mcp.example.com/mcp");
    driftwood.post_as(access_token, "contacts-list", json!({})).await.refused(401, "invalid_token");
    let user = driftwood
        .send(Method::GET, "/oauth2/userinfo", &[("authorization", &format!("Bearer {access_token}"))], "")
        .await;
    user.refused_oauth(401, "invalid_token");
    let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(claims(refreshed["access_token"].as_str().unwrap())["aud"], "https://mcp.example.com/mcp");
    let two = visitor.get(&format!("{}&resource=https%3A%2F%2Fapi.example.com", client.authorize_path(&more))).await;
    client.answer(&two).refused("invalid_target");
    let ours = visitor.approve(&client, &[("resource", &driftwood.server.url)]).await.code().to_owned();
    let tokens = client.exchange(&driftwood, &ours).await.json();
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    let document = driftwood.get("/.well-known/oauth-protected-resource/nothing").await;
    document.refused_oauth(404, "invalid_request");
}

#[tokio::test]
async fn a_fault_of_the_database_spends_no_code() {
    let driftwood = TestServer::start().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let (client, _, code) = with_code(&driftwood).await;
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let tokens = client.exchange(&driftwood, &code).await.json();
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await, "{trouble:?}");
    }
    let (client, _, code) = with_code(&driftwood).await;
    for operation in ["BatchGetItem", "TransactWriteItems"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let refused = client.exchange(&driftwood, &code).await;
        refused.refused_oauth(503, "temporarily_unavailable");
        assert_eq!(refused.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0);
    }
    assert_eq!(client.exchange(&driftwood, &code).await.status, 200);
    // A replay is still detected when it cannot be recorded at once.
    driftwood.inject_fault("TransactWriteItems", Trouble::Throttled, 50);
    client.exchange(&driftwood, &code).await.refused_oauth(503, "temporarily_unavailable");
    driftwood.clear_faults();
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn faults_on_the_pages_lose_nothing() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        driftwood.inject_fault("PutItem", trouble, 1);
        let page = visitor.authorize(&client, &[("prompt", "login consent")]).await;
        assert_eq!((page.heading().as_str(), driftwood.clear_faults()), ("Sign in", 1), "{trouble:?}");
        driftwood.inject_fault("UpdateItem", trouble, 1);
        driftwood.inject_fault("PutItem", trouble, 1);
        let consent = visitor.sign_in(&page, &email, PASSWORD).await;
        assert_eq!(consent.heading(), "Photo Album wants to access your account", "{trouble:?}");
        driftwood.clear_faults();
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let answer = client.answer(&visitor.allow(&consent).await);
        assert_eq!(driftwood.clear_faults(), 1);
        assert_eq!(client.exchange(&driftwood, answer.code()).await.status, 200, "{trouble:?}");
    }
    let page = visitor.authorize(&client, &[("prompt", "consent")]).await;
    driftwood.inject_fault("TransactWriteItems", Trouble::Throttled, 50);
    let refused = visitor.allow(&page).await;
    refused.refused_page(503, "Please try again in a moment");
    assert_eq!(refused.header("retry-after"), "1");
    driftwood.clear_faults();
    client.answer(&visitor.allow(&page).await).code();
    let page = visitor.authorize(&client, &[("prompt", "consent")]).await;
    driftwood.inject_fault("TransactWriteItems", Trouble::ResponseLost, 1);
    client.answer(&visitor.submit(&page, &[("decision", "deny")]).await).refused("access_denied");
    assert_eq!(driftwood.clear_faults(), 1);
    assert_eq!(challenge(VERIFIER), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[tokio::test]
async fn a_duplicated_parameter_is_a_malformed_request_and_spends_nothing() {
    let driftwood = TestServer::start().await;
    let (client, _, code) = with_code(&driftwood).await;
    let form = format!(
        "grant_type=authorization_code&client_id={}&code={code}&code_verifier={VERIFIER}&scope=openid&refresh_token=x",
        client.app.client_id
    );
    for name in ["grant_type", "client_id", "code", "code_verifier", "scope", "refresh_token"] {
        driftwood.token_form(&[], &format!("{form}&{name}=x")).await.refused_oauth(400, "invalid_request");
    }
    let in_query = format!("/oauth2/token?code={code}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let refused = driftwood.send(Method::POST, &in_query, &headers, form.clone()).await;
    refused.refused_oauth(400, "invalid_request");
    let get = driftwood.send(Method::GET, "/oauth2/token", &[], "").await;
    assert_eq!((get.status, get.header("allow")), (405, "POST, OPTIONS"));
    assert_eq!(client.exchange(&driftwood, &code).await.status, 200);
}

#[tokio::test]
async fn the_api_accepts_the_access_token_only() {
    let driftwood = TestServer::start().await;
    let (client, _, code) = with_code(&driftwood).await;
    let tokens = client.exchange(&driftwood, &code).await.json();
    for name in ["id_token", "refresh_token"] {
        let refused = driftwood.post_as(tokens[name].as_str().unwrap(), "contacts-list", json!({})).await;
        refused.refused(401, "invalid_token");
        assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    driftwood.post_as(&code, "contacts-list", json!({})).await.refused(401, "invalid_token");
}
