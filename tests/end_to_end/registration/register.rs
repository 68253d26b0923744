//! A client registers dynamically.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{REGISTER, REGISTER_V1, Registered, manage, register, web_app};
use crate::harness::{Signer, TestServer, Trouble, VERIFIER, challenge, claims};

/// The scopes of a client that names none.
const DEFAULT_SCOPES: &str = "openid profile email user_read app_read";

fn words(text: &Value) -> BTreeSet<&str> {
    text.as_str().unwrap_or_default().split(' ').collect()
}

#[tokio::test]
async fn the_documented_v1_example_works() {
    let driftwood = TestServer::start().await;
    let metadata = json!({
        "client_name": "My App", "redirect_uris": ["https://example.com/callback"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    });
    let reply = manage(&driftwood, "", Method::POST, REGISTER_V1, &metadata).await;
    let app = Registered::from(&driftwood, &reply);
    assert_eq!(app.answer["token_endpoint_auth_method"], "none");
    for name in ["client_name", "redirect_uris", "grant_types", "response_types"] {
        assert_eq!(app.answer[name], metadata[name]);
    }
    assert!(app.answer.get("client_secret").is_none() && app.answer.get("client_secret_expires_at").is_none());

    let (id, challenge) = (&app.client.app.client_id, challenge(VERIFIER));
    let query = format!(
        "client_id={id}&response_type=code&redirect_uri=https%3A%2F%2Fexample.com%2Fcallback&code_challenge={challenge}&code_challenge_method=S256&state=st4te"
    );
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.follow(visitor.get(&format!("/api/v1/auth/authorize?{query}")).await).await;
    assert_eq!(page.heading(), "My App wants to access your account");
    let answer = app.client.answer(&visitor.allow(&page).await);

    let form = format!(
        "client_id={id}&code={}&code_verifier={VERIFIER}&redirect_uri=https://example.com/callback&grant_type=authorization_code",
        answer.code()
    );
    let tokens = driftwood.form("/api/v1/auth/token", &[], &form).await.json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(7_200)));
    assert_eq!(words(&tokens["scope"]), words(&json!(DEFAULT_SCOPES)));
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["client_id"], *id);
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let user = driftwood.send(Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
    assert_eq!((user.status, &user.json()["name"]), (200, &json!("Alice Arden")));

    let form = format!(
        "client_id={id}&redirect_uri=https://example.com/callback&refresh_token={}",
        tokens["refresh_token"].as_str().unwrap()
    );
    let refreshed = driftwood.form("/api/v1/auth/refresh", &[], &form).await.json();
    assert_eq!(refreshed["token_type"], "Bearer");
    assert_ne!(refreshed["refresh_token"], tokens["refresh_token"]);
    let missing = driftwood.form("/api/v1/auth/refresh", &[], &format!("client_id={id}")).await;
    let missing = missing.refused_oauth(400, "invalid_request");
    assert_eq!(missing["error_description"], "Missing required parameter: refresh_token");
}

#[tokio::test]
async fn a_client_with_only_redirect_uris_gets_all_defaults() {
    let driftwood = TestServer::start().await;
    let reply = register(&driftwood, &json!({"redirect_uris": ["https://notes.example/cb"]})).await;
    let registered = Registered::from(&driftwood, &reply);
    let (answer, client) = (&registered.answer, &registered.client);
    let (id, secret, token) = (&client.app.client_id, &client.app.client_secret, registered.token());
    assert!(id.starts_with("dw_ci_") && secret.starts_with("dw_cs_") && token.starts_with("dw_ra_"));
    let expected = json!({
        "client_id": id,
        "client_secret": secret,
        "client_secret_expires_at": driftwood.clock.now().as_seconds() + 30 * 86_400,
        "client_id_issued_at": driftwood.clock.now().as_seconds(),
        "registration_access_token": token,
        "registration_client_uri": format!("{}{REGISTER}/{id}", driftwood.server.url),
        "client_name": "notes.example",
        "redirect_uris": ["https://notes.example/cb"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "application_type": "web",
        "id_token_signed_response_alg": "RS256",
        "scope": DEFAULT_SCOPES,
    });
    assert_eq!(*answer, expected);

    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(client, &[("scope", "openid")]).await.code().to_owned();
    let tokens = client.exchange(&driftwood, &code).await.json();
    assert_eq!(tokens["scope"], "openid");
    assert_eq!(tokens.get("refresh_token"), None, "it did not register for any");
}

#[tokio::test]
async fn a_secret_is_shown_once_and_a_token_to_the_caller_that_sends_it() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    let shown = registered.manage(&driftwood, Method::GET, &Value::Null).await;
    assert!(!shown.text.contains("dw_cs_"));
    assert_eq!(shown.json()["registration_access_token"], registered.token(), "the one that it sent");
    for table in ["Apps", "Authorizations", "Limits"] {
        let scan = driftwood.server.dynamodb.scan().table_name(driftwood.server.table(table));
        let items = format!("{:?}", scan.send().await.unwrap().items());
        for secret in [registered.client.app.client_secret.as_str(), registered.token()] {
            assert!(!items.contains(secret), "{table} stores a secret");
        }
    }
}

#[tokio::test]
async fn registered_metadata_is_returned_as_it_was_sent() {
    let driftwood = TestServer::start().await;
    let common = json!({
        "client_name": "Zoë’s Field Notes",
        "redirect_uris": ["https://notes.example/cb", "https://notes.example/cb?tenant=1"],
        "post_logout_redirect_uris": ["https://notes.example/"],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "application_type": "web",
        "id_token_signed_response_alg": "ES256",
        "scope": "contact_read openid",
        "client_uri": "https://notes.example/",
        "logo_uri": "https://notes.example/logo.png",
        "tos_uri": "https://notes.example/terms",
        "policy_uri": "https://notes.example/privacy",
        "contacts": ["zoe@notes.example", "https://notes.example/users"],
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2.1",
    });
    let native = json!({"application_type": "native", "redirect_uris": [
        "http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost:3000/cb", "com.example.notes:/cb", "https://notes.example/cb",
    ]});
    let by_address = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://notes.example/jwks"});
    let by_keys = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": Signer::es256("1").jwks()});
    for more in [
        json!({"token_endpoint_auth_method": "client_secret_basic"}),
        json!({"token_endpoint_auth_method": "client_secret_post"}),
        json!({"token_endpoint_auth_method": "none"}),
        by_address,
        by_keys,
        native,
    ] {
        let mut metadata = common.clone();
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
        let shown = registered.manage(&driftwood, Method::GET, &Value::Null).await.json();
        for answer in [&registered.answer, &shown] {
            for (name, value) in metadata.as_object().unwrap() {
                assert_eq!(answer[name], *value, "{name}");
            }
            assert!(answer.as_object().unwrap().values().all(|value| !value.is_null()), "{answer}");
        }
        let method = registered.answer["token_endpoint_auth_method"].as_str().unwrap();
        assert_eq!(registered.answer.get("client_secret").is_some(), method.starts_with("client_secret"), "{method}");
    }
}

#[tokio::test]
async fn a_client_on_a_users_machine_is_native_by_default() {
    let driftwood = TestServer::start().await;
    for (uri, kind) in [
        ("http://localhost:3000/cb", "native"),
        ("http://127.0.0.1/cb", "native"),
        ("http://[::1]/cb", "native"),
        ("com.example.notes:/cb", "native"),
        ("https://notes.example/cb", "web"),
    ] {
        let registered = Registered::from(&driftwood, &register(&driftwood, &json!({"redirect_uris": [uri]})).await);
        assert_eq!(registered.answer["application_type"], kind, "{uri}");
        assert_eq!(driftwood.visitor().authorize(&registered.client, &[]).await.heading(), "Sign in", "{uri}");
    }
}

#[tokio::test]
async fn unknown_metadata_is_ignored_and_values_of_the_server_are_not_accepted() {
    let driftwood = TestServer::start().await;
    let metadata = json!({
        "redirect_uris": ["https://notes.example/cb"],
        "client_id": "dw_ci_00000000000000000000000000000000",
        "client_secret": "mine",
        "client_secret_expires_at": 1,
        "client_id_issued_at": 1,
        "registration_access_token": "mine",
        "registration_client_uri": "https://evil.example/",
        "expires_at": 1, "owner": {"account_id": "x"}, "account_id": "x", "created_by": "x",
        "software_statement": "a.b.c",
        "subject_type": "pairwise",
        "backchannel_logout_uri": "http://169.254.169.254/",
        "client_name#de": "Feldnotizen",
        "jwks": null, "jwks_uri": null, "scope": null, "contacts": null, "client_uri": null,
        "x": {"y": [1, null, {"z": "☃"}]},
    });
    let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
    let plain = register(&driftwood, &json!({"redirect_uris": ["https://notes.example/cb"]})).await;
    let plain = Registered::from(&driftwood, &plain);
    let names = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&registered.answer), names(&plain.answer));
    for name in
        ["client_id", "client_secret", "client_secret_expires_at", "client_id_issued_at", "registration_access_token"]
    {
        assert_ne!(registered.answer[name], metadata[name], "{name}");
    }
    assert_ne!(registered.client.app.client_id, plain.client.app.client_id);
}

#[tokio::test]
async fn the_management_address_does_not_depend_on_the_request() {
    let driftwood = TestServer::start().await;
    let headers = [
        ("content-type", "application/json"),
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example"),
    ];
    let metadata = json!({"redirect_uris": ["https://notes.example/cb"]}).to_string();
    let registered = Registered::from(&driftwood, &driftwood.send(Method::POST, REGISTER, &headers, metadata).await);
    assert!(!registered.answer.to_string().contains("evil"));
    assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn grants_that_an_unowned_client_cannot_have_are_left_out_as_long_as_one_remains() {
    let driftwood = TestServer::start().await;
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    for (asked, kept) in [
        (
            json!(["client_credentials", "authorization_code", "refresh_token"]),
            json!(["authorization_code", "refresh_token"]),
        ),
        (json!(["implicit", "password", "authorization_code", "urn:x:new"]), json!(["authorization_code"])),
        (json!(["authorization_code", "authorization_code"]), json!(["authorization_code"])),
        (json!([device, "client_credentials"]), json!([device])),
    ] {
        let metadata = json!({"redirect_uris": ["https://notes.example/cb"], "grant_types": asked});
        let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
        assert_eq!(registered.answer["grant_types"], kept, "{asked}");
        let has_codes = kept.as_array().unwrap().contains(&json!("authorization_code"));
        assert_eq!(registered.answer["response_types"], if has_codes { json!(["code"]) } else { json!([]) });
    }
    let metadata =
        json!({"client_name": "TV", "grant_types": [device, "refresh_token"], "token_endpoint_auth_method": "none"});
    let tv = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
    assert_eq!(tv.answer["redirect_uris"], json!([]), "a television has no redirect URI");
}

#[tokio::test]
async fn scopes_that_do_not_exist_are_left_out_and_the_others_returned() {
    let driftwood = TestServer::start_with(&[("Scopes", "drive_read=Read your drive")]).await;
    for (asked, kept) in [
        (json!("openid everything contact_read"), "openid contact_read"),
        (json!("drive_read mcp:tools"), "drive_read"),
        (json!(format!("openid {}", "x".repeat(65))), "openid"),
        (json!(""), DEFAULT_SCOPES),
        (json!(null), DEFAULT_SCOPES),
    ] {
        let metadata = json!({"redirect_uris": ["https://notes.example/cb"], "scope": asked});
        let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
        assert_eq!(registered.answer["scope"], kept, "{asked}");
    }
}

#[tokio::test]
async fn an_empty_string_counts_as_absent_and_is_not_returned() {
    let driftwood = TestServer::start().await;
    let metadata = json!({
        "redirect_uris": ["https://notes.example/cb"], "client_name": "", "client_uri": "", "logo_uri": "", "tos_uri": "",
        "policy_uri": "", "application_type": "", "token_endpoint_auth_method": "", "scope": "", "jwks_uri": "",
        "software_id": "", "software_version": "", "id_token_signed_response_alg": "", "contacts": null,
    });
    let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
    let plain = register(&driftwood, &json!({"redirect_uris": ["https://notes.example/cb"]})).await;
    let plain = Registered::from(&driftwood, &plain);
    let names = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&registered.answer), names(&plain.answer));
    for answer in [&registered.answer, &registered.manage(&driftwood, Method::GET, &Value::Null).await.json()] {
        assert!(answer.as_object().unwrap().values().all(|value| !value.is_null() && value != ""), "{answer}");
        assert_eq!(answer["redirect_uris"], json!(["https://notes.example/cb"]));
        assert_eq!(answer["token_endpoint_auth_method"], "client_secret_basic");
    }
}

#[tokio::test]
async fn a_web_app_under_development_registers_a_loopback_address() {
    let driftwood = TestServer::start().await;
    for uri in ["http://localhost:3000/cb", "http://127.0.0.1/cb", "https://localhost/cb", "https://127.0.0.1:8443/cb"]
    {
        let metadata = json!({
            "application_type": "web", "redirect_uris": [uri, "https://notes.example/cb"], "response_types": ["code"],
        });
        let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
        assert_eq!(registered.answer["application_type"], "web", "{uri}");
        assert_eq!(driftwood.visitor().authorize(&registered.client, &[]).await.heading(), "Sign in", "{uri}");
    }
}

#[tokio::test]
async fn an_editor_without_a_secret_returns_to_its_own_scheme() {
    let driftwood = TestServer::start().await;
    for uri in [
        "cursor://anysphere.cursor-retrieval/oauth/user-x/callback",
        "vscode://vendor.extension/cb",
        "windsurf://codeium.windsurf/oauth",
        "myapp://cb",
    ] {
        let metadata = json!({
            "client_name": "Editor", "redirect_uris": [uri], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        });
        let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
        assert_eq!(registered.answer["application_type"], "native", "{uri}");
        let visitor = driftwood.visitor();
        visitor.signed_up().await;
        for _ in 0..2 {
            let page = visitor.authorize(&registered.client, &[("scope", "openid")]).await;
            assert_eq!(page.heading(), "Editor wants to access your account", "it is never remembered: {uri}");
            let code = registered.client.answer(&visitor.allow(&page).await).code().to_owned();
            assert_eq!(registered.client.exchange(&driftwood, &code).await.status, 200, "{uri}");
        }
        let silent = visitor.get(&registered.client.authorize_path(&[("scope", "openid"), ("prompt", "none")])).await;
        registered.client.answer(&silent).refused("consent_required");
        let other = uri.replace("://", "://x");
        let near = driftwood.unowned_client(&registered.client.app.client_id, "", &other);
        visitor.get(&near.authorize_path(&[])).await.refused_page(400, "This link does not work");
        let id = &registered.client.app.client_id;
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("response_type", "code"), ("client_id", id), ("redirect_uri", uri)])
            .finish();
        let without_pkce = visitor.get(&format!("/oauth2/authorize?{query}")).await;
        let error = registered.client.answer(&without_pkce);
        error.refused("invalid_request");
    }
}

#[tokio::test]
async fn a_scheme_without_a_dot_is_for_public_clients() {
    let driftwood = TestServer::start().await;
    for method in [json!(null), json!("client_secret_basic"), json!("client_secret_post"), json!("private_key_jwt")] {
        let metadata = json!({
            "redirect_uris": ["myapp://cb"], "token_endpoint_auth_method": method, "jwks": Signer::es256("1").jwks(),
        });
        let refused = register(&driftwood, &metadata).await.refused_oauth(400, "invalid_redirect_uri");
        let description = refused["error_description"].as_str().unwrap();
        assert!(description.contains("token_endpoint_auth_method is none"), "{description}");
    }
    let web = json!({"redirect_uris": ["myapp://cb"], "token_endpoint_auth_method": "none", "application_type": "web"});
    register(&driftwood, &web).await.refused_oauth(400, "invalid_redirect_uri");
    let alice = driftwood.alice().await;
    let confidential = json!({"name": "App", "redirect_uris": ["myapp://cb"]});
    let refused = driftwood.post_as(&alice.access_token, "oauth-apps-create", confidential).await;
    assert_eq!(refused.mistaken_fields(), ["redirect_uris"]);
    let public = json!({"name": "App", "redirect_uris": ["myapp://cb"], "token_endpoint_auth_method": "none"});
    let app = driftwood.post_as(&alice.access_token, "oauth-apps-create", public).await.result()["app"].clone();
    assert_eq!(app["redirect_uris"], json!(["myapp://cb"]));
    // An owner who adds one to a client with a secret gets no code there.
    let client = driftwood.web_app().await;
    let change = json!({"id": client.app.id, "redirect_uris": ["myapp://cb", "https://web.example/cb"]});
    driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await.result();
    let there = crate::harness::Client { redirect_uri: "myapp://cb".to_owned(), ..client };
    driftwood.visitor().get(&there.authorize_path(&[])).await.refused_page(400, "This link does not work");
}

#[tokio::test]
async fn pages_of_every_origin_may_register_and_read_what_is_wrong() {
    let driftwood = TestServer::start_with(&[("AllowedOrigins", "https://ours.example")]).await;
    let own = "/oauth2/register/dw_ci_00000000000000000000000000000000";
    let (here, there) = (&["POST"][..], &["GET", "PUT", "DELETE"][..]);
    for (path, methods) in [(REGISTER, here), (REGISTER_V1, here), (own, there)] {
        let asks = [
            ("origin", "https://inspector.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type"),
        ];
        let preflight = driftwood.send(Method::OPTIONS, path, &asks, "").await;
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, "*"), "{path}");
        for method in methods {
            assert!(preflight.header("access-control-allow-methods").contains(method));
        }
        assert!(preflight.header("access-control-allow-headers").contains("authorization"));
        assert!(preflight.header("access-control-allow-headers").contains("content-type"));
        assert_eq!(preflight.header("access-control-allow-credentials"), "");
    }
    let origin = ("origin", "https://inspector.example");
    let json = ("content-type", "application/json");
    let good = r#"{"redirect_uris": ["https://notes.example/cb"]}"#;
    for (method, headers, body, status) in [
        (Method::POST, vec![origin, json], good, 201),
        (Method::POST, vec![origin, json], "{}", 400),
        (Method::POST, vec![origin, json], "[", 400),
        (Method::POST, vec![origin, json, ("authorization", "Bearer x")], good, 401),
        (Method::POST, vec![origin, ("content-type", "text/plain")], good, 415),
        (Method::GET, vec![origin], "", 405),
    ] {
        let reply = driftwood.send(method, REGISTER, &headers, body).await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (status, "*"), "{}", reply.text);
        assert_eq!(reply.header("access-control-allow-credentials"), "");
        assert_eq!(reply.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_client_name_is_escaped_and_the_page_warns_that_it_is_not_verified() {
    let driftwood = TestServer::start().await;
    let metadata = json!({
        "client_name": "<script>alert(1)</script> \"&' Driftwood", "redirect_uris": ["https://evil-co.example/cb"],
        "logo_uri": "https://evil-co.example/logo.png", "tos_uri": "https://evil-co.example/terms",
    });
    let registered = Registered::from(&driftwood, &register(&driftwood, &metadata).await);
    assert_eq!(registered.answer["client_name"], metadata["client_name"]);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&registered.client, &[("scope", "openid")]).await;
    assert!(page.heading().starts_with("&lt;script&gt;alert(1)&lt;/script&gt; &quot;&amp;"), "{}", page.heading());
    assert!(!page.text.contains("<script>alert"));
    assert!(page.text.contains("This app is not verified."));
    assert!(page.text.contains("<strong>evil-co.example</strong>"));
    assert!(!page.text.contains("logo.png"), "logos of unowned clients are not shown");
    let theirs = driftwood.spa().await;
    let page = visitor.authorize(&theirs, &[]).await;
    assert!(!page.text.contains("is not verified"), "it belongs to an account");
}

#[tokio::test]
async fn a_request_of_an_unowned_client_is_not_redirected_before_a_user_signs_in() {
    let driftwood = TestServer::start().await;
    let registered = web_app(&driftwood).await;
    for more in [("scope", "nothing_such"), ("response_type", "token"), ("resource", "https://unknown.example")] {
        let reply = driftwood.visitor().get(&registered.client.authorize_path(&[more])).await;
        let location = reply.header("location");
        assert!(!location.starts_with("https://notes.example"), "{more:?} is an open redirector to {location}");
    }
}

#[tokio::test]
async fn the_endpoint_accepts_post_only_and_says_so() {
    let driftwood = TestServer::start().await;
    for path in [REGISTER, REGISTER_V1] {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let reply = driftwood.send(method.clone(), path, &[], "").await;
            reply.refused_oauth(405, "invalid_request");
            assert_eq!(reply.header("allow"), "POST, OPTIONS", "{method} {path}");
        }
    }
    let metadata = driftwood.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["registration_endpoint"], format!("{}{REGISTER}", driftwood.server.url));
}

#[tokio::test]
async fn an_address_that_is_almost_this_one_registers_no_client() {
    let driftwood = TestServer::start().await;
    let head = driftwood.send(Method::HEAD, REGISTER, &[], "").await;
    assert_eq!((head.status, head.header("cache-control")), (405, "no-store"));
    let metadata = json!({"redirect_uris": ["https://notes.example/cb"]});
    for path in ["//oauth2/register", "/oauth2//register", "/oauth2/%72egister", "/prod/oauth2/register"] {
        let reply = manage(&driftwood, "", Method::POST, path, &metadata).await;
        assert_eq!((reply.status, reply.header("cache-control")), (404, "no-store"), "{path}: {}", reply.text);
    }
    let user_keys = manage(&driftwood, "", Method::POST, "/register", &metadata).await;
    assert_eq!(user_keys.status, 400, "it registers users, and this is no user: {}", user_keys.text);
    assert_eq!((driftwood.count_items("Apps").await, driftwood.count_items("Users").await), (0, 0));
}

#[tokio::test]
async fn faults_of_the_database_register_once_or_not_at_all() {
    let driftwood = TestServer::start().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let before = driftwood.count_items("Apps").await;
        driftwood.inject_fault("PutItem", trouble, 1);
        let registered = web_app(&driftwood).await;
        assert_eq!((driftwood.clear_faults(), driftwood.count_items("Apps").await), (1, before + 1), "{trouble:?}");
        let shown = registered.manage(&driftwood, Method::GET, &Value::Null).await;
        assert_eq!(shown.status, 200, "{trouble:?}");
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        registered.client.token(&driftwood, &form).await.refused_oauth(400, "invalid_grant");
    }
    let before = driftwood.count_items("Apps").await;
    for operation in ["UpdateItem", "PutItem"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let refused = register(&driftwood, &json!({"redirect_uris": ["https://notes.example/cb"]})).await;
        refused.refused_oauth(503, "temporarily_unavailable");
        assert_eq!(refused.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0);
    }
    assert_eq!(driftwood.count_items("Apps").await, before);
}
