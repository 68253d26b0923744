//! `POST /oauth2/token` and its aliases

use base64::Engine;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Program, TestServer, VERIFIER, claims};

async fn with_program(settings: serde_json::Value) -> (TestServer, Program) {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, settings).await;
    (driftwood, program)
}

fn post_form(program: &Program) -> String {
    format!("grant_type=client_credentials&client_id={}&client_secret={}", program.client_id, program.client_secret)
}

#[tokio::test]
async fn json_form_and_basic_all_get_a_token_each_in_its_dialect() {
    let (driftwood, program) = with_program(json!({"name": "Job"})).await;
    let in_json = driftwood.program_token(&program).await;
    assert_eq!(in_json.result()["token_type"], "bearer");
    let in_form = driftwood.token_form(&[], &post_form(&program)).await;
    let by_header = driftwood.token_form(&[("authorization", &program.basic())], "grant_type=client_credentials").await;
    for reply in [&in_form, &by_header] {
        let body = reply.json();
        assert_eq!(
            (reply.status, body["token_type"].as_str(), body["expires_in"].as_u64()),
            (200, Some("Bearer"), Some(3600))
        );
        assert_eq!(body.get("refresh_token"), None);
        assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
    assert_eq!(in_json.result()["expires_in"], 3600);
    for path in ["/api/v1/auth/token", "/api/oauth-token"] {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let reply = driftwood.send(Method::POST, path, &headers, post_form(&program)).await;
        assert_eq!((reply.status, reply.json()["token_type"].as_str()), (200, Some("Bearer")), "{path}");
    }
}

#[tokio::test]
async fn a_token_names_its_client_and_its_owner() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    let claims = claims(&token);
    assert_eq!(claims["token_type"], "oauth_client");
    assert_eq!(
        (claims["sub"].as_str(), claims["client_id"].as_str()),
        (Some(program.client_id.as_str()), Some(program.client_id.as_str()))
    );
    assert_eq!(claims["user_id"], alice.user_id);
    assert_eq!(claims["org_id"], alice.claims()["account_id"]);
    assert_eq!(claims.get("account_id"), None);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    driftwood.advance(3600);
    assert!(!driftwood.is_alive(&token).await);
}

#[tokio::test]
async fn an_unknown_client_a_wrong_secret_and_a_revoked_app_get_the_same_response() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (program, revoked) =
        (driftwood.program(&alice, json!({"name": "A"})).await, driftwood.program(&alice, json!({"name": "B"})).await);
    driftwood.post_as(&alice.access_token, "oauth-apps-revoke", json!({"id": revoked.id})).await.result();
    let unknown = Program { client_id: "dw_ci_01890a5dac96774bbcceb302099a8057".to_owned(), ..program.clone() };
    let wrong = Program { client_secret: "dw_cs_wrong".to_owned(), ..program.clone() };
    let mut by_body = Vec::new();
    for refused in [&unknown, &wrong, &revoked] {
        let reply = driftwood.token_form(&[], &post_form(refused)).await;
        reply.refused_oauth(401, "invalid_client");
        by_body.push(reply.text);
        let reply = driftwood.token_form(&[("authorization", &refused.basic())], "grant_type=client_credentials").await;
        reply.refused_oauth(401, "invalid_client");
        assert!(reply.header("www-authenticate").starts_with("Basic realm="));
        driftwood.program_token(refused).await.refused(401, "invalid_client");
    }
    assert!(by_body.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn an_app_whose_owner_is_disabled_has_no_access() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    driftwood.operator_disables(&alice).await;
    assert!(!driftwood.is_alive(&token).await);
    driftwood.program_token(&program).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn an_app_gets_its_scopes_or_fewer_and_never_more() {
    let (driftwood, program) = with_program(json!({"name": "Job", "scopes": ["contact_read", "contact_write"]})).await;
    let scoped = |scope: &str| format!("{}&scope={scope}", post_form(&program));
    assert_eq!(driftwood.token_form(&[], &post_form(&program)).await.json()["scope"], "contact_read contact_write");
    let narrow = driftwood.token_form(&[], &scoped("contact_read")).await.json();
    assert_eq!(narrow["scope"], "contact_read");
    let token = narrow["access_token"].as_str().unwrap();
    assert!(driftwood.is_alive(token).await);
    let refused = driftwood.post_as(token, "contacts-create", json!({"email": "c@example.com"})).await;
    refused.refused(403, "insufficient_scope");
    let challenge = refused.header("www-authenticate");
    assert!(
        challenge.contains("error=\"insufficient_scope\"")
            && challenge.contains("scope=\"contact_read contact_write\"")
            && challenge.contains("resource_metadata=")
    );
    for bad in ["user_read", "contact_read+user_read", "nothing_like_it", "%22", "a%5Cb"] {
        driftwood.token_form(&[], &scoped(bad)).await.refused_oauth(400, "invalid_scope");
    }
}

#[tokio::test]
async fn a_token_without_scopes_has_its_owners_access() {
    let (driftwood, program) = with_program(json!({"name": "Job"})).await;
    let reply = driftwood.program_token(&program).await.result();
    assert_eq!(reply.get("scope"), None);
    let token = reply["access_token"].as_str().unwrap();
    driftwood.post_as(token, "contacts-create", json!({"email": "c@example.com"})).await.result();
    let narrow = driftwood.token_form(&[], &format!("{}&scope=contact_read", post_form(&program))).await.json();
    driftwood
        .post_as(narrow["access_token"].as_str().unwrap(), "contacts-create", json!({"email": "d@example.com"}))
        .await
        .refused(403, "insufficient_scope");
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let (driftwood, program) = with_program(json!({"name": "Job"})).await;
    let form = post_form(&program);
    for (bad, code) in [
        ("", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=implicit", "unsupported_grant_type"),
        ("grant_type=client_credentials", "invalid_request"),
        (&format!("{form}&grant_type=client_credentials"), "invalid_request"),
        (&format!("{form}&client_id={}", program.client_id), "invalid_request"),
        (&format!("{form}&client_secret="), "invalid_request"),
        (&format!("{form}&x=%zz"), "invalid_request"),
        (&format!("{form}&x=%ff"), "invalid_request"),
        (&format!("{form}&resource=https://elsewhere.example"), "invalid_target"),
    ] {
        driftwood.token_form(&[], bad).await.refused_oauth(400, code);
    }
    let basic = program.basic();
    for bad in [form.as_str(), "grant_type=client_credentials&client_id=other"] {
        driftwood.token_form(&[("authorization", &basic)], bad).await.refused_oauth(400, "invalid_request");
    }
    driftwood
        .send(
            Method::POST,
            "/oauth2/token?grant_type=client_credentials",
            &[("content-type", "application/x-www-form-urlencoded")],
            form.clone(),
        )
        .await
        .refused_oauth(400, "invalid_request");
    driftwood.token_form(&[], &format!("{form}&unknown=1&resource={}", driftwood.server.url)).await.json()["access_token"].as_str().expect("unknown parameters are ignored");
}

#[tokio::test]
async fn an_unreadable_header_is_an_invalid_client_and_no_fault() {
    let (driftwood, _) = with_program(json!({"name": "Job"})).await;
    let encode = |text: &[u8]| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text));
    for header in [
        "Basic",
        "Basic ???",
        "Bearer x",
        &encode(b"no colon"),
        &encode(b"a:%zz"),
        &encode(b"a\0:b"),
        &encode(b"\xff:\xff"),
        &encode(&[b'a'; 6_000]),
    ] {
        driftwood
            .token_form(&[("authorization", header)], "grant_type=client_credentials")
            .await
            .refused_oauth(401, "invalid_client");
    }
}

#[tokio::test]
async fn other_bodies_and_methods_are_refused_in_the_dialect_of_the_path() {
    let (driftwood, program) = with_program(json!({"name": "Job"})).await;
    let json_body = json!({"grant_type": "client_credentials", "client_id": program.client_id, "client_secret": program.client_secret}).to_string();
    for path in ["/oauth2/token", "/api/v1/auth/token"] {
        for media_type in [
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded; charset=utf-16",
        ] {
            driftwood
                .send(Method::POST, path, &[("content-type", media_type)], json_body.clone())
                .await
                .refused_oauth(415, "invalid_request");
        }
        let get = driftwood.get(path).await;
        get.refused_oauth(405, "invalid_request");
        assert_eq!(get.header("allow"), "POST, OPTIONS");
    }
    driftwood
        .send(Method::POST, "/api/oauth-token", &[("content-type", "text/plain")], json_body)
        .await
        .refused_oauth(415, "invalid_request");
    driftwood.post("oauth-token", json!({"grant_type": ["client_credentials"]})).await.refused(400, "invalid_request");
    driftwood.post("oauth-token", json!({"grant_type": "password"})).await.refused(400, "unsupported_grant_type");
    driftwood.post("oauth-token", json!({"grant_type": "client_credentials"})).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn a_client_without_the_grant_is_not_authorized_for_it() {
    let (driftwood, program) = with_program(
        json!({"name": "Web", "redirect_uris": ["https://app.example/cb"], "grant_types": ["authorization_code"]}),
    )
    .await;
    driftwood.token_form(&[], &post_form(&program)).await.refused_oauth(400, "unauthorized_client");
    let (driftwood, public) = with_program(
        json!({"name": "Spa", "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"}),
    )
    .await;
    driftwood
        .token_form(&[], &format!("grant_type=client_credentials&client_id={}", public.client_id))
        .await
        .refused_oauth(400, "unauthorized_client");
    driftwood
        .token_form(&[], &format!("{}&client_secret=anything", post_form(&public).replace("&client_secret=", "")))
        .await
        .refused_oauth(401, "invalid_client");
}

#[tokio::test]
async fn wrong_secrets_are_limited_and_the_right_one_is_not() {
    let driftwood = TestServer::start_with(&[("ClientLimit", "3")]).await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let wrong = Program { client_secret: "dw_cs_wrong".to_owned(), ..program.clone() };
    for _ in 0..3 {
        driftwood.program_token(&wrong).await.refused(401, "invalid_client");
    }
    let refused = driftwood.token_form(&[], &post_form(&wrong)).await;
    refused.refused_oauth(429, "temporarily_unavailable");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    let basic = [("authorization", wrong.basic())];
    let basic = basic.each_ref().map(|(name, value)| (*name, value.as_str()));
    let refused = driftwood.token_form(&basic, "grant_type=client_credentials").await;
    refused.refused_oauth(429, "temporarily_unavailable");
    assert_eq!(refused.header("www-authenticate"), "", "another secret would not help, so none is asked for");
    driftwood.program_token(&program).await.result();
}

#[tokio::test]
async fn es256_is_one_parameter_away() {
    let driftwood = TestServer::start_with(&[("SigningAlgorithm", "ES256")]).await;
    let alice = driftwood.alice().await;
    let header = alice.access_token.split('.').next().unwrap();
    let header = String::from_utf8(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    assert!(header.contains("\"alg\":\"ES256\"") && header.contains("\"typ\":\"at+jwt\""), "{header}");
    assert!(driftwood.is_alive(&alice.access_token).await);
}

#[tokio::test]
async fn a_public_client_may_send_basic_without_a_secret() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    let of = |secret: &str| Program { client_secret: secret.to_owned(), ..client.app.clone() }.basic();
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", &client.redirect_uri),
        ])
        .finish();
    let wrong = driftwood.token_form(&[("authorization", &of("anything"))], &form).await;
    wrong.refused_oauth(401, "invalid_client");
    assert!(wrong.header("www-authenticate").starts_with("Basic "));
    let tokens = driftwood.token_form(&[("authorization", &of(""))], &form).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    let refresh =
        format!("grant_type=refresh_token&refresh_token={}", tokens.json()["refresh_token"].as_str().unwrap());
    let with_id = format!("{refresh}&client_id={}", client.app.client_id);
    assert_eq!(driftwood.token_form(&[("authorization", &of(""))], &with_id).await.status, 200);
    let confidential = driftwood.web_app().await;
    let empty = Program { client_secret: String::new(), ..confidential.app.clone() }.basic();
    let refused = driftwood.token_form(&[("authorization", &empty)], "grant_type=client_credentials").await;
    refused.refused_oauth(401, "invalid_client");
}
