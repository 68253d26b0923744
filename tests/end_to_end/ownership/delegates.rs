//! Apps that act for a user, and what they make.

use serde_json::{Value, json};

use super::token_of;
use crate::harness::{Alice, Client, PASSWORD, Program, TestServer};
use crate::management::{APPS, call, consented, create, get};

const SCOPES: [&str; 5] = ["openid", "user_write", "app_read", "app_write", "contact_read"];

/// An app of another account that may manage apps, and the token that a user gave it.
async fn manager(driftwood: &TestServer, alice: &Alice, scope: &str) -> (Client, String) {
    let settings = json!({"name": "Manager", "redirect_uris": ["https://manager.example/cb"], "scopes": SCOPES});
    let client = driftwood.client(settings).await;
    let tokens = consented(driftwood, alice, &client, scope).await;
    (client, tokens["access_token"].as_str().unwrap().to_owned())
}

fn program(app: &Value) -> Program {
    let text = |name: &str| app[name].as_str().unwrap().to_owned();
    Program { id: text("id"), client_id: text("client_id"), client_secret: text("client_secret") }
}

#[tokio::test]
async fn what_an_app_made_for_a_user_falls_when_the_user_disconnects_the_app() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (client, token) = manager(&driftwood, &alice, "app_read app_write contact_read").await;
    let made = create(&driftwood, &token, json!({"name": "Offshoot", "scopes": ["contact_read"]})).await;
    let offshoot = program(&made);
    let access = token_of(&driftwood, &offshoot).await.expect("it works");
    assert!(driftwood.is_alive(&access).await);
    // Both see by whom it was made.
    let shown = get(&driftwood, &alice.access_token, &format!("{APPS}/{}", offshoot.id)).await.json();
    assert_eq!((&made["made_by"], &shown["made_by"]), (&json!(client.app.client_id), &json!(client.app.client_id)));
    let visitor = crate::keys::browser(&driftwood, &alice.email, PASSWORD).await;
    assert!(visitor.get("/account").await.text.contains("It created: Offshoot"));
    crate::account::disconnect(&visitor, "Manager").await;
    assert!(!driftwood.is_alive(&access).await);
    assert_eq!(token_of(&driftwood, &offshoot).await, None);
    // A new consent is another one: what fell stays down.
    consented(&driftwood, &alice, &client, "app_read app_write contact_read").await;
    assert_eq!(token_of(&driftwood, &offshoot).await, None);
}

#[tokio::test]
async fn it_falls_in_a_process_that_knows_the_app_and_in_one_that_does_not() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (client, token) = manager(&driftwood, &alice, "app_read app_write contact_read").await;
    let made = create(&driftwood, &token, json!({"name": "Offshoot", "scopes": ["contact_read"]})).await;
    let offshoot = program(&made);
    let calls = async || {
        driftwood.calls();
        let reply = driftwood.program_token(&offshoot).await;
        (reply.status, crate::recovery::operations(&driftwood, "oauth-token"))
    };
    assert_eq!(calls().await, (200, vec!["BatchGetItem".to_owned(); 2]), "who made it is not known yet");
    assert_eq!(calls().await, (200, vec!["BatchGetItem".to_owned()]), "one batch reads the consent, too");
    assert_eq!(client.revoke(&driftwood, "none").await.status, 200);
    let visitor = crate::keys::browser(&driftwood, &alice.email, PASSWORD).await;
    crate::account::disconnect(&visitor, "Manager").await;
    assert_eq!(calls().await.0, 401);
}

#[tokio::test]
async fn a_reset_ends_what_an_app_made_too() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.verified_alice().await;
    let (_, token) = manager(&driftwood, &alice, "app_read app_write contact_read").await;
    let made = create(&driftwood, &token, json!({"name": "Offshoot", "scopes": ["contact_read"]})).await;
    let own = driftwood.program(&alice, json!({"name": "Nightly Job"})).await;
    super::owner_resets(&driftwood, &alice.email).await;
    assert_eq!(token_of(&driftwood, &program(&made)).await, None);
    assert!(token_of(&driftwood, &own).await.is_some(), "an app that the user made stays");
}

#[tokio::test]
async fn an_app_gets_no_secret_of_an_app_that_it_did_not_make() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (_, token) = manager(&driftwood, &alice, "app_read app_write contact_read").await;
    let (_, other) = manager(&driftwood, &alice, "app_read app_write contact_read").await;
    let equal = driftwood.program(&alice, json!({"name": "Equal", "scopes": ["contact_read"]})).await;
    let made = create(&driftwood, &other, json!({"name": "Other", "scopes": ["contact_read"]})).await;
    for id in [equal.id.as_str(), made["id"].as_str().unwrap()] {
        let path = format!("{APPS}/{id}");
        let rotate = json!({"command": "rotate_secret"});
        let reply = driftwood.post_json(&format!("{path}/commands"), &token, rotate).await;
        reply.refused_resource(403, "forbidden");
        for patch in [json!({"redirect_uris": ["https://mine.example/cb"]}), json!({"scopes": ["app_read"]})] {
            let config = format!("{path}/config");
            call(&driftwood, &token, reqwest::Method::PATCH, &config, patch).await.refused_resource(403, "forbidden");
        }
    }
    // Its own it may rotate.
    let made = create(&driftwood, &token, json!({"name": "Mine", "scopes": ["contact_read"]})).await;
    let path = format!("{APPS}/{}/commands", made["id"].as_str().unwrap());
    assert_eq!(driftwood.post_json(&path, &token, json!({"command": "rotate_secret"})).await.status, 200);
}

#[tokio::test]
async fn an_app_neither_disables_nor_deletes_apps_with_more_scopes() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (_, token) = manager(&driftwood, &alice, "app_read app_write").await;
    let wider = driftwood.program(&alice, json!({"name": "Wider", "scopes": ["contact_read"]})).await;
    let all = driftwood.program(&alice, json!({"name": "All"})).await;
    for app in [&wider, &all] {
        let path = format!("{APPS}/{}", app.id);
        for name in ["disable", "enable", "revoke_tokens", "rotate_secret"] {
            let reply = driftwood.post_json(&format!("{path}/commands"), &token, json!({"command": name})).await;
            reply.refused_resource(403, "forbidden");
        }
        let deleted = call(&driftwood, &token, reqwest::Method::DELETE, &path, Value::Null).await;
        deleted.refused_resource(403, "forbidden");
        assert!(token_of(&driftwood, app).await.is_some());
    }
}

#[tokio::test]
async fn changing_the_user_does_not_imply_changing_their_apps() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (_, token) = manager(&driftwood, &alice, "openid user_write").await;
    let reply = driftwood.post_json(APPS, &token, json!({"name": "New"})).await;
    reply.refused_resource(403, "insufficient_scope");
    assert!(reply.header("www-authenticate").contains(" app_write\""));
    get(&driftwood, &token, APPS).await.refused_resource(403, "insufficient_scope");
}

#[tokio::test]
async fn the_consent_page_marks_what_a_user_should_think_about_twice() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let settings = json!({"name": "Manager", "redirect_uris": ["https://manager.example/cb"], "scopes": SCOPES});
    let client = driftwood.client(settings).await;
    let visitor = crate::keys::browser(&driftwood, &alice.email, PASSWORD).await;
    let page = visitor.authorize(&client, &[("scope", "openid app_read app_write")]).await;
    let marked: Vec<_> = page.text.split("class=\"scopes risky\"").skip(1).collect();
    assert!(marked.len() == 1 && marked[0].contains("Create apps that can use your account’s data"), "{marked:?}");
    assert!(!marked[0].contains("See your account’s apps"), "{marked:?}");
}
