//! `POST /api/oauth-apps-*`

use serde_json::json;

use crate::harness::TestServer;

#[tokio::test]
async fn an_app_is_created_and_its_secret_shown_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let result =
        driftwood.post_as(&alice.access_token, "oauth-apps-create", json!({"name": "My Integration"})).await.result();
    let (app, secret) = (&result["app"], result["client_secret"].as_str().unwrap());
    assert_eq!(app["name"], "My Integration");
    assert!(app["client_id"].as_str().unwrap().starts_with("dw_ci_"));
    assert!(secret.starts_with("dw_cs_"));
    let prefix = app["client_secret_prefix"].as_str().unwrap();
    assert!(prefix.starts_with("dw_cs_") && prefix.len() <= 12 && secret.starts_with(prefix));
    assert_eq!(app["grant_types"], json!(["client_credentials"]));
    let list = driftwood.post_as(&alice.access_token, "oauth-apps-list", json!({"include_revoked": false})).await;
    assert!(!list.text.contains(secret));
    assert_eq!(list.result()["apps"][0], *app);
}

#[tokio::test]
async fn an_app_is_created_with_its_settings() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let settings = json!({"name": "Web", "redirect_uris": ["https://app.example/cb"], "scopes": ["contact_write", "contact_read"]});
    let app = driftwood.post_as(&alice.access_token, "oauth-apps-create", settings).await.result()["app"].clone();
    assert_eq!(app["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(app["scopes"], json!(["contact_write", "contact_read"]));
    let grants = json!(["authorization_code", "refresh_token", "client_credentials"]);
    let settings = json!({"name": "Web and job", "redirect_uris": ["https://app.example/cb"], "grant_types": grants});
    let asked = driftwood.post_as(&alice.access_token, "oauth-apps-create", settings).await.result();
    assert_eq!(asked["app"]["grant_types"], grants, "it acts for itself too where that was asked for");
    let public =
        json!({"name": "Public", "redirect_uris": ["http://localhost/cb"], "token_endpoint_auth_method": "none"});
    let result = driftwood.post_as(&alice.access_token, "oauth-apps-create", public).await.result();
    assert_eq!(result["app"]["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(result.get("client_secret"), None);
}

#[tokio::test]
async fn invalid_settings_are_refused() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for (settings, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "x", "redirect_uris": ["http://app.example/cb"]}), "redirect_uris"),
        (json!({"name": "x", "redirect_uris": ["javascript:alert(1)"]}), "redirect_uris"),
        (json!({"name": "x", "redirect_uris": "https://app.example"}), "redirect_uris"),
        (json!({"name": "x", "post_logout_redirect_uris": ["http://app.example/bye"]}), "post_logout_redirect_uris"),
        (json!({"name": "x", "id_token_signed_response_alg": "none"}), "id_token_signed_response_alg"),
        (json!({"name": "x", "redirect_uris": vec!["https://app.example/cb"; 11]}), "redirect_uris"),
        (json!({"name": "x", "scopes": ["everything"]}), "scopes"),
        (json!({"name": "x", "grant_types": []}), "grant_types"),
        (json!({"name": "x", "grant_types": ["password"]}), "grant_types"),
        (json!({"name": "x", "grant_types": ["authorization_code"]}), "grant_types"),
        (json!({"name": "x", "token_endpoint_auth_method": "none"}), "grant_types"),
        (json!({"name": "x", "token_endpoint_auth_method": "magic"}), "token_endpoint_auth_method"),
    ] {
        let reply = driftwood.post_as(&alice.access_token, "oauth-apps-create", settings.clone()).await;
        assert!(reply.mistaken_fields().contains(&field.to_owned()), "{settings}: {}", reply.text);
    }
    assert_eq!(driftwood.count_items("Apps").await, 0);
}

#[tokio::test]
async fn a_list_continues_where_the_page_ended() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for n in 0..5 {
        let program = driftwood.program(&alice, json!({"name": format!("App {n}")})).await;
        if n % 2 == 1 {
            driftwood.post_as(&alice.access_token, "oauth-apps-revoke", json!({"id": program.id})).await.result();
        }
        driftwood.advance(1);
    }
    let names = |page: &serde_json::Value| {
        page["apps"].as_array().unwrap().iter().map(|app| app["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let list = |body| driftwood.post_as(&alice.access_token, "oauth-apps-list", body);
    let first = list(json!({"limit": 2})).await.result();
    assert_eq!(names(&first), ["App 0", "App 2"]);
    let second = list(json!({"limit": 2, "cursor": first["next_cursor"]})).await.result();
    assert_eq!(names(&second), ["App 4"]);
    assert_eq!(second["next_cursor"], json!(null));
    assert_eq!(names(&list(json!({"include_revoked": true})).await.result()).len(), 5);
    assert_eq!(
        list(json!({"limit": 0, "cursor": "x", "include_revoked": 1})).await.mistaken_fields(),
        ["cursor", "include_revoked", "limit"]
    );
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Before", "scopes": ["contact_read"]})).await;
    let update = |body| driftwood.post_as(&alice.access_token, "oauth-apps-update", body);
    let app = update(json!({"id": program.id, "name": "After"})).await.result()["app"].clone();
    assert_eq!((app["name"].as_str(), &app["scopes"]), (Some("After"), &json!(["contact_read"])));
    let app = update(json!({"id": program.id, "redirect_uris": ["https://app.example/cb"], "scopes": []}))
        .await
        .result()["app"]
        .clone();
    assert_eq!(
        (app["name"].as_str(), &app["scopes"], &app["redirect_uris"]),
        (Some("After"), &json!([]), &json!(["https://app.example/cb"]))
    );
    assert_eq!(app["grant_types"], json!(["client_credentials"]), "an app that exists keeps what it has");
    assert_eq!(update(json!({"id": program.id})).await.result()["app"], app, "nothing named, nothing changed");
    assert_eq!(update(json!({"id": "x", "name": 1})).await.mistaken_fields(), ["id", "name"]);
    driftwood.program_token(&program).await.result();
}

#[tokio::test]
async fn a_scope_that_an_app_loses_is_lost_to_its_tokens_at_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Reader", "scopes": ["contact_read"]})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    assert!(driftwood.is_alive(&token).await);
    driftwood
        .post_as(&alice.access_token, "oauth-apps-update", json!({"id": program.id, "scopes": ["user_read"]}))
        .await
        .result();
    driftwood.post_as(&token, "contacts-list", json!({})).await.refused(403, "insufficient_scope");
}

#[tokio::test]
async fn a_rotated_secret_is_valid_at_once_and_the_old_one_until_the_overlap_ends() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let old = driftwood.program(&alice, json!({"name": "Job"})).await;
    let rotate = |body| driftwood.post_as(&alice.access_token, "oauth-apps-rotate-secret", body);
    let result = rotate(json!({"id": old.id, "overlap_seconds": 60})).await.result();
    let mut new = old.clone();
    new.client_secret = result["client_secret"].as_str().unwrap().to_owned();
    assert!(new.client_secret.starts_with(result["app"]["client_secret_prefix"].as_str().unwrap()));
    driftwood.program_token(&old).await.result();
    driftwood.program_token(&new).await.result();
    driftwood.advance(60);
    driftwood.program_token(&old).await.refused(401, "invalid_client");
    driftwood.program_token(&new).await.result();
    rotate(json!({"id": old.id})).await.result();
    driftwood.program_token(&new).await.refused(401, "invalid_client");
    assert_eq!(rotate(json!({"id": 1, "overlap_seconds": -1})).await.mistaken_fields(), ["id", "overlap_seconds"]);
    let public = driftwood
        .program(
            &alice,
            json!({"name": "P", "redirect_uris": ["http://localhost/cb"], "token_endpoint_auth_method": "none"}),
        )
        .await;
    rotate(json!({"id": public.id})).await.refused(409, "conflict");
}

#[tokio::test]
async fn of_32_rotations_at_once_every_secret_that_was_shown_last_works() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let rotations =
        (0..32).map(|_| driftwood.post_as(&alice.access_token, "oauth-apps-rotate-secret", json!({"id": program.id})));
    let replies = futures_util::future::join_all(rotations).await;
    let mut working = 0;
    for reply in replies.iter().filter(|reply| reply.status == 200) {
        let rotated = crate::harness::Program {
            client_secret: reply.result()["client_secret"].as_str().unwrap().to_owned(),
            ..program.clone()
        };
        working += usize::from(driftwood.program_token(&rotated).await.status == 200);
    }
    assert_eq!(working, 1, "exactly one secret is valid");
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 409)));
}

#[tokio::test]
async fn an_app_is_revoked_at_once_and_permanently() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    assert!(driftwood.is_alive(&token).await);
    let as_alice = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    let revoked = as_alice("oauth-apps-revoke", json!({"id": program.id})).await.result();
    assert!(revoked["app"]["revoked_at"].as_str().unwrap().ends_with('Z'));
    assert!(!driftwood.is_alive(&token).await);
    driftwood.program_token(&program).await.refused(401, "invalid_client");
    as_alice("oauth-apps-update", json!({"id": program.id, "name": "Back"})).await.refused(409, "app_revoked");
    as_alice("oauth-apps-rotate-secret", json!({"id": program.id})).await.refused(409, "app_revoked");
    driftwood.advance(60);
    assert_eq!(
        as_alice("oauth-apps-revoke", json!({"id": program.id})).await.result(),
        revoked,
        "revoking again changes nothing"
    );
    assert_eq!(as_alice("oauth-apps-list", json!({})).await.result()["apps"], json!([]));
}

#[tokio::test]
async fn of_32_revocations_at_once_all_report_the_same_time() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let revocations =
        (0..32).map(|_| driftwood.post_as(&alice.access_token, "oauth-apps-revoke", json!({"id": program.id})));
    let replies = futures_util::future::join_all(revocations).await;
    let times: std::collections::BTreeSet<String> =
        replies.iter().map(|reply| reply.result()["app"]["revoked_at"].to_string()).collect();
    assert_eq!(times.len(), 1);
}

#[tokio::test]
async fn another_accounts_app_is_not_found() {
    let driftwood = TestServer::start().await;
    let (alice, mallory) = (driftwood.alice().await, driftwood.alice().await);
    let program = driftwood.program(&alice, json!({"name": "Alice's"})).await;
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    for name in ["oauth-apps-update", "oauth-apps-rotate-secret", "oauth-apps-revoke"] {
        let theirs = driftwood.post_as(&mallory.access_token, name, json!({"id": program.id})).await;
        let missing = driftwood.post_as(&mallory.access_token, name, json!({"id": unknown})).await;
        theirs.refused(404, "not_found");
        assert_eq!(theirs.text, missing.text, "{name} does not reveal which apps exist");
    }
    assert_eq!(
        driftwood.post_as(&mallory.access_token, "oauth-apps-list", json!({"include_revoked": true})).await.result()["apps"],
        json!([])
    );
    let cursor = driftwood.post_as(&mallory.access_token, "oauth-apps-list", json!({"cursor": program.id})).await;
    assert_eq!(cursor.result()["apps"], json!([]));
    driftwood.program_token(&program).await.result();
}

#[tokio::test]
async fn apps_are_managed_by_users_and_not_by_apps() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    for name in
        ["oauth-apps-create", "oauth-apps-list", "oauth-apps-update", "oauth-apps-rotate-secret", "oauth-apps-revoke"]
    {
        driftwood.post_as(&token, name, json!({"name": "x", "id": program.id})).await.refused(403, "forbidden");
        driftwood.post(name, json!({})).await.refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn the_openid_connect_settings_can_be_set_and_changed() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    let settings = json!({"name": "Web", "redirect_uris": ["https://app.example/cb"], "post_logout_redirect_uris": ["https://app.example/bye"]});
    let app = post("oauth-apps-create", settings).await.result()["app"].clone();
    assert_eq!(app["post_logout_redirect_uris"], json!(["https://app.example/bye"]));
    assert_eq!(app["id_token_signed_response_alg"], "RS256");
    let change = json!({"id": app["id"], "post_logout_redirect_uris": [], "id_token_signed_response_alg": "ES256"});
    let app = post("oauth-apps-update", change).await.result()["app"].clone();
    assert_eq!(
        (&app["post_logout_redirect_uris"], &app["id_token_signed_response_alg"]),
        (&json!([]), &json!("ES256"))
    );
    let wrong = json!({"id": app["id"], "id_token_signed_response_alg": "HS256"});
    assert_eq!(post("oauth-apps-update", wrong).await.mistaken_fields(), ["id_token_signed_response_alg"]);
}
