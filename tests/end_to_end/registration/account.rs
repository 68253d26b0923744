//! Registration by any caller, or only by users for their account.

use reqwest::Method;
use serde_json::{Value, json};

use super::{REGISTER, REGISTER_V1, Registered, manage, register, web_app};
use crate::harness::{Alice, Signer, TestServer, Trouble};

fn metadata() -> Value {
    json!({
        "client_name": "Alice’s App", "redirect_uris": ["https://alice.example/cb"], "scope": "openid contact_read",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    })
}

async fn register_for(driftwood: &TestServer, alice: &Alice, metadata: &Value) -> Registered {
    let reply = manage(driftwood, &alice.access_token, Method::POST, REGISTER, metadata).await;
    Registered::from(driftwood, &reply)
}

async fn apps(driftwood: &TestServer, alice: &Alice) -> Value {
    driftwood.post_as(&alice.access_token, "oauth-apps-list", json!({})).await.result()["apps"].clone()
}

#[tokio::test]
async fn a_client_that_a_user_registers_is_an_app_of_their_account() {
    let driftwood = TestServer::start().await;
    let (alice, eve) = (driftwood.alice().await, driftwood.alice().await);
    let registered = register_for(&driftwood, &alice, &metadata()).await;
    assert_eq!(registered.answer["grant_types"], metadata()["grant_types"], "Alice may grant it access of its own");
    let listed = apps(&driftwood, &alice).await;
    assert_eq!(listed[0]["client_id"], registered.answer["client_id"]);
    assert_eq!((&listed[0]["name"], listed.as_array().unwrap().len()), (&json!("Alice’s App"), 1));
    assert_eq!(apps(&driftwood, &eve).await, json!([]));
    let tokens =
        registered.client.token(&driftwood, &[("grant_type", "client_credentials"), ("scope", "contact_read")]);
    let own = tokens.await.json()["access_token"].as_str().unwrap().to_owned();
    assert!(driftwood.is_alive(&own).await);

    driftwood.advance(200 * 86_400);
    let again = driftwood.login(&alice.email, crate::harness::PASSWORD).await.result();
    let alice = Alice::from(&alice.email, &again);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let scope = [("scope", "contact_read")];
    let page = visitor.authorize(&registered.client, &scope).await;
    assert!(page.text.contains("This app is not verified"), "an account vouches for nothing");
    let code = registered.client.answer(&visitor.allow(&page).await).code().to_owned();
    let users = registered.client.exchange(&driftwood, &code).await.json();
    assert_eq!(users["scope"], "contact_read");
    let remembered = visitor.get(&registered.client.authorize_path(&scope)).await;
    registered.client.answer(&remembered).code();
    let too_much = visitor.get(&registered.client.authorize_path(&[("scope", "openid contact_write")])).await;
    registered.client.answer(&too_much).refused("invalid_scope");

    let id = json!({"id": listed[0]["id"]});
    driftwood.post_as(&eve.access_token, "oauth-apps-revoke", id.clone()).await.refused(401, "invalid_token");
    driftwood.post_as(&alice.access_token, "oauth-apps-revoke", id).await.result();
    assert!(!driftwood.is_alive(users["access_token"].as_str().unwrap()).await);
    registered.manage(&driftwood, Method::GET, &Value::Null).await.refused_oauth(401, "invalid_token");
}

#[tokio::test]
async fn an_app_of_an_account_manages_itself_and_stays_in_the_account() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let registered = register_for(&driftwood, &alice, &metadata()).await;
    let mut change = metadata();
    change["client_id"] = registered.answer["client_id"].clone();
    change["client_name"] = json!("Renamed");
    change["grant_types"] = json!(["client_credentials"]);
    let changed = registered.manage(&driftwood, Method::PUT, &change).await;
    assert_eq!((changed.status, &changed.json()["grant_types"]), (200, &json!(["client_credentials"])));
    assert_eq!(apps(&driftwood, &alice).await[0]["name"], "Renamed");
    assert_eq!(registered.manage(&driftwood, Method::DELETE, &Value::Null).await.status, 204);
    assert_eq!(apps(&driftwood, &alice).await, json!([]), "it is revoked");
    driftwood.operator_disables(&alice).await;
}

#[tokio::test]
async fn a_client_of_an_account_works_as_long_as_its_owner_is_enabled() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let registered = register_for(&driftwood, &alice, &metadata()).await;
    let own = registered.client.token(&driftwood, &[("grant_type", "client_credentials")]).await.json();
    driftwood.operator_disables(&alice).await;
    assert!(!driftwood.is_alive(own["access_token"].as_str().unwrap()).await);
    registered
        .client
        .token(&driftwood, &[("grant_type", "client_credentials")])
        .await
        .refused_oauth(401, "invalid_client");
}

#[tokio::test]
async fn a_token_without_a_user_registers_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let machine = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let delegated = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    let text = |name: &str| delegated[name].as_str().unwrap().to_owned();
    let before = driftwood.count_items("Apps").await;
    for path in [REGISTER, REGISTER_V1] {
        for token in [&machine, &text("access_token")] {
            let refused = manage(&driftwood, token, Method::POST, path, &metadata()).await;
            refused.refused_oauth(403, "access_denied");
        }
        let edited = format!("{}x", alice.access_token);
        for token in
            [&text("id_token"), &text("refresh_token"), &alice.refresh_token, &edited, "rubbish", "a b", "\u{e9}"]
        {
            let refused = manage(&driftwood, token, Method::POST, path, &metadata()).await;
            refused.refused_oauth(401, "invalid_token");
            assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
        }
    }
    driftwood.post_as(&alice.access_token, "auth-logout", json!({})).await.result();
    let refused = manage(&driftwood, &alice.access_token, Method::POST, REGISTER, &metadata()).await;
    refused.refused_oauth(401, "invalid_token");
    assert_eq!(driftwood.count_items("Apps").await, before);
}

#[tokio::test]
async fn with_token_registration_only_users_register_clients() {
    let driftwood = TestServer::start_with(&[("ClientRegistration", "token"), ("ClientRegistrationLimit", "1")]).await;
    for path in [REGISTER, REGISTER_V1] {
        for _ in 0..3 {
            let refused = manage(&driftwood, "", Method::POST, path, &metadata()).await;
            refused.refused_oauth(401, "invalid_token");
            let challenge = refused.header("www-authenticate");
            assert!(challenge.starts_with("Bearer ") && !challenge.contains("error="), "{challenge}");
        }
    }
    let basic = driftwood.send(
        Method::POST,
        REGISTER,
        &[("content-type", "application/json"), ("authorization", "Basic YTpi")],
        metadata().to_string(),
    );
    basic.await.refused_oauth(401, "invalid_token");
    assert_eq!(driftwood.count_items("Apps").await, 0);
    let alice = driftwood.alice().await;
    for _ in 0..3 {
        register_for(&driftwood, &alice, &metadata()).await;
    }
    assert_eq!(
        apps(&driftwood, &alice).await.as_array().unwrap().len(),
        3,
        "users do not share the limit of other callers"
    );
    let open = TestServer::start().await;
    let (here, there) =
        (driftwood.get("/.well-known/oauth-authorization-server"), open.get("/.well-known/oauth-authorization-server"));
    let (here, there) = (here.await.text, there.await.text);
    assert_eq!(here.replace(&driftwood.server.url, "X"), there.replace(&open.server.url, "X"));
}

#[tokio::test]
async fn too_many_clients_from_one_address_wait_and_the_others_do_not() {
    let limits = [("ClientRegistrationLimit", "3"), ("ClientRegistrationWindowSeconds", "600")];
    let driftwood = TestServer::start_with(&limits).await;
    let first = web_app(&driftwood).await;
    register(&driftwood, &json!({})).await.refused_oauth(400, "invalid_redirect_uri");
    let alice = driftwood.alice().await;
    web_app(&driftwood).await;
    driftwood.advance(100);
    let good = json!({"redirect_uris": ["https://notes.example/cb"]});
    for path in [REGISTER, REGISTER_V1] {
        let refused = manage(&driftwood, "", Method::POST, path, &good).await;
        refused.refused_oauth(429, "temporarily_unavailable");
        assert_eq!((refused.header("retry-after"), refused.header("access-control-allow-origin")), ("500", "*"));
    }
    register_for(&driftwood, &alice, &metadata()).await;
    assert_eq!(
        first.manage(&driftwood, Method::GET, &Value::Null).await.status,
        200,
        "a registered client still manages itself"
    );
    driftwood.advance(500);
    web_app(&driftwood).await;
}

/// A machine that Alice registered, which may read contacts and nothing else.
fn machine() -> Value {
    json!({"client_name": "Machine", "grant_types": ["client_credentials"], "scope": "contact_read"})
}

#[tokio::test]
async fn an_app_gets_nothing_by_its_registration_token_that_its_owner_did_not_give_it() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let machine = register_for(&driftwood, &alice, &machine()).await;
    let web =
        json!({"client_name": "Web", "redirect_uris": ["https://alice.example/cb"], "scope": "openid contact_read"});
    let web = register_for(&driftwood, &alice, &web).await;
    for (app, change, field) in [
        (&machine, json!({"scope": "contact_read contact_write"}), "scope"),
        (&machine, json!({"scope": "gdpr_write"}), "scope"),
        (
            &machine,
            json!({"grant_types": ["client_credentials", "authorization_code"], "redirect_uris": ["https://a.example/cb"]}),
            "grant_types",
        ),
        (
            &machine,
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": Signer::es256("1").jwks()}),
            "token_endpoint_auth_method",
        ),
        (&web, json!({"grant_types": ["client_credentials"]}), "grant_types"),
        (&web, json!({"grant_types": ["authorization_code", "refresh_token"]}), "grant_types"),
        (&web, json!({"grant_types": ["authorization_code", "client_credentials"]}), "grant_types"),
        (&web, json!({"token_endpoint_auth_method": "none"}), "token_endpoint_auth_method"),
    ] {
        let before = app.manage(&driftwood, Method::GET, &Value::Null).await.text;
        let mut put = json!({"client_id": app.answer["client_id"], "redirect_uris": app.answer["redirect_uris"]});
        put.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = app.manage(&driftwood, Method::PUT, &put).await.refused_oauth(400, "invalid_client_metadata");
        let description = refused["error_description"].as_str().unwrap();
        assert!(description.starts_with(field) && description.contains("owner"), "{change}: {description}");
        assert_eq!(app.manage(&driftwood, Method::GET, &Value::Null).await.text, before, "{change}");
    }
}

#[tokio::test]
async fn what_a_replacement_does_not_name_an_app_of_an_account_keeps() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let machine = register_for(&driftwood, &alice, &machine()).await;
    let put = |change: Value| {
        let mut put = json!({"client_id": machine.answer["client_id"], "client_name": "Renamed"});
        put.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (machine, driftwood) = (&machine, &driftwood);
        async move { machine.manage(driftwood, Method::PUT, &put).await }
    };
    for change in [json!({}), json!({"scope": "", "grant_types": null, "token_endpoint_auth_method": ""})] {
        let kept = put(change).await.json();
        assert_eq!((&kept["client_name"], &kept["scope"]), (&json!("Renamed"), &json!("contact_read")));
        assert_eq!(kept["grant_types"], json!(["client_credentials"]));
        assert_eq!(kept["token_endpoint_auth_method"], "client_secret_basic");
    }
    let by_post = put(json!({"token_endpoint_auth_method": "client_secret_post"})).await.json();
    assert_eq!(by_post["token_endpoint_auth_method"], "client_secret_post", "either way, it is the same secret");
    let tokens = machine.client.token(&driftwood, &[("grant_type", "client_credentials")]).await.json();
    assert_eq!(tokens["scope"], "contact_read");

    let wide = register_for(&driftwood, &alice, &metadata()).await;
    let narrow = json!({
        "client_id": wide.answer["client_id"], "redirect_uris": wide.answer["redirect_uris"], "scope": "openid",
        "grant_types": ["authorization_code"],
    });
    assert_eq!(wide.manage(&driftwood, Method::PUT, &narrow).await.json()["scope"], "openid");
    let again = json!({
        "client_id": wide.answer["client_id"], "redirect_uris": wide.answer["redirect_uris"],
        "scope": "openid contact_read",
    });
    let refused = wide.manage(&driftwood, Method::PUT, &again).await;
    refused.refused_oauth(400, "invalid_client_metadata");
}

#[tokio::test]
async fn a_scope_that_the_owner_takes_back_does_not_return_by_a_replacement() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let registered = register_for(&driftwood, &alice, &metadata()).await;
    let id = apps(&driftwood, &alice).await[0]["id"].clone();
    let narrow = json!({"id": id, "scopes": ["openid"]});
    driftwood.post_as(&alice.access_token, "oauth-apps-update", narrow).await.result();
    let mut put = metadata();
    put["client_id"] = registered.answer["client_id"].clone();
    registered.manage(&driftwood, Method::PUT, &put).await.refused_oauth(400, "invalid_client_metadata");
    assert_eq!(apps(&driftwood, &alice).await[0]["scopes"], json!(["openid"]));
}

#[tokio::test]
async fn a_new_secret_revoked_tokens_and_a_sign_out_everywhere_end_a_registration_token() {
    let driftwood = TestServer::start().await;
    for way in ["rotate", "rotate by command", "revoke tokens", "sign out", "sign out on the page", "new password"] {
        let alice = driftwood.alice().await;
        let registered = register_for(&driftwood, &alice, &metadata()).await;
        let id = apps(&driftwood, &alice).await[0]["id"].as_str().unwrap().to_owned();
        let path = format!("{}/{id}/commands", crate::management::APPS);
        let command = async |name: &str| {
            let body = json!({"command": name});
            let reply = crate::management::call(&driftwood, &alice.access_token, Method::POST, &path, body).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
        };
        assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.status, 200);
        match way {
            "rotate" => {
                let body = json!({"id": id});
                driftwood.post_as(&alice.access_token, "oauth-apps-rotate-secret", body).await.result();
            }
            "rotate by command" => command("rotate_secret").await,
            "revoke tokens" => command("revoke_tokens").await,
            "sign out" => {
                driftwood.post_as(&alice.access_token, "auth-logout", json!({"everywhere": true})).await.result();
            }
            "sign out on the page" => {
                let browser = crate::keys::browser(&driftwood, &alice.email, crate::harness::PASSWORD).await;
                let page = browser.get("/account").await;
                crate::account::press(&browser, &page, "sign-out-everywhere", "Sign out everywhere").await;
            }
            _ => {
                let new = "an entirely new passphrase";
                let changed = crate::recovery::change_password(&driftwood, &alice, crate::harness::PASSWORD, new).await;
                changed.result();
            }
        }
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let mut put = metadata();
            put["client_id"] = registered.answer["client_id"].clone();
            let body = if method == Method::PUT { put } else { Value::Null };
            let refused = registered.manage(&driftwood, method, &body).await;
            refused.refused_oauth(401, "invalid_token");
        }
    }
    let unowned = super::web_app(&driftwood).await;
    assert_eq!(unowned.manage(&driftwood, Method::GET, &Value::Null).await.status, 200, "it is of no user");
}

#[tokio::test]
async fn a_user_sees_which_of_their_apps_have_a_registration_token_and_ends_it() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let registered = register_for(&driftwood, &alice, &metadata()).await;
    driftwood.program(&alice, json!({"name": "Made by the API"})).await;
    let browser = crate::keys::browser(&driftwood, &alice.email, crate::harness::PASSWORD).await;
    let account = browser.get("/account").await;
    assert!(account.text.contains("href=\"/account/apps\""), "{}", account.text);
    let page = browser.get("/account/apps").await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Your apps"));
    assert!(page.shows("Alice’s App") && page.shows("Made by the API"));
    assert!(page.shows(registered.answer["client_id"].as_str().unwrap()));
    assert_eq!(page.text.matches("It has a registration access token").count(), 1);

    let stranger = driftwood.alice().await;
    let other = crate::keys::browser(&driftwood, &stranger.email, crate::harness::PASSWORD).await;
    assert!(!other.get("/account/apps").await.shows("Alice’s App"));
    let id = apps(&driftwood, &alice).await[0]["id"].as_str().unwrap().to_owned();
    let foreign = other.get("/account").await.form();
    let fields = foreign.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = fields.chain([("app", id.as_str())]).collect();
    assert!([403, 404].contains(&other.post("/account/apps", &fields).await.status));
    assert_eq!(registered.manage(&driftwood, Method::GET, &Value::Null).await.status, 200);

    let ended = crate::account::press(&browser, &page, "end-token", "Alice’s App").await;
    assert_eq!((ended.status, ended.header("location")), (303, "/account/apps"));
    registered.manage(&driftwood, Method::GET, &Value::Null).await.refused_oauth(401, "invalid_token");
    assert!(!browser.get("/account/apps").await.shows("It has a registration access token"));
    let tokens = registered.client.token(&driftwood, &[("grant_type", "client_credentials")]).await;
    assert_eq!(tokens.status, 200, "the app itself works on");
    let again = crate::account::press(&browser, &page, "end-token", "Alice’s App").await;
    assert_eq!(again.status, 303, "repeated, there is none left");
}

#[tokio::test]
async fn a_registration_token_ends_by_a_repeated_request_if_the_database_failed() {
    let driftwood = TestServer::start().await;
    for operation in ["UpdateItem", "PutItem AuditTable"] {
        let alice = driftwood.alice().await;
        let registered = register_for(&driftwood, &alice, &metadata()).await;
        let browser = crate::keys::browser(&driftwood, &alice.email, crate::harness::PASSWORD).await;
        let page = browser.get("/account/apps").await;
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let failed = crate::account::press(&browser, &page, "end-token", "Alice’s App").await;
        assert_eq!((failed.status, failed.header("retry-after")), (503, "1"), "{operation}");
        assert!(driftwood.clear_faults() > 0, "{operation}");
        let ended = crate::account::press(&browser, &page, "end-token", "Alice’s App").await;
        assert_eq!(ended.status, 303, "{operation}");
        registered.manage(&driftwood, Method::GET, &Value::Null).await.refused_oauth(401, "invalid_token");
    }
}
