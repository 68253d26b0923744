//! Registration by any caller, or only by users for their account.

use reqwest::Method;
use serde_json::{Value, json};

use super::{REGISTER, REGISTER_V1, Registered, manage, register, web_app};
use crate::harness::{Alice, TestServer};

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
