//! Which scope a tool needs, and what a client is told that does not have it.

use serde_json::{Value, json};

use crate::server::{Answer, Server};
use crate::signing::RSA;

fn names(contacts: &Value) -> Vec<&str> {
    contacts["contacts"].as_array().unwrap().iter().map(|contact| contact["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn contact_read_lists_contacts() {
    let server = Server::start().await;
    let answer = server.call(&server.token(&RSA, json!({})), "list_contacts", json!({})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(names(answer.result()), ["Ada Lovelace"]);
}

#[tokio::test]
async fn a_tool_that_needs_more_than_the_token_has_names_both_together() {
    let server = Server::start().await;
    let contact = json!({"name": "Grace Hopper", "email": "grace@example.com"});
    for (scope, tool, needed) in [
        (json!("contact_read"), "add_contact", "contact_read contact_write"),
        (json!("contact_write"), "add_contact", "contact_write contact_read"),
        (json!("openid contact_reader"), "list_contacts", "openid contact_reader contact_read"),
        (json!(""), "list_contacts", "contact_read"),
        (Value::Null, "list_contacts", "contact_read"),
    ] {
        let answer = server.call(&server.token(&RSA, json!({"scope": scope})), tool, contact.clone()).await;
        assert_eq!(answer.status, 403);
        let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", server.origin);
        let expected =
            format!(r#"Bearer resource_metadata="{metadata}", scope="{needed}", error="insufficient_scope""#);
        assert!(answer.challenge.starts_with(&expected), "{}", answer.challenge);
        assert_eq!(answer.body["error"], "insufficient_scope");
    }
    let all = server.call(&server.token(&RSA, json!({})), "list_contacts", json!({})).await;
    assert_eq!(names(all.result()), ["Ada Lovelace"], "what was refused was not done");
}

#[tokio::test]
async fn a_token_with_both_scopes_adds_a_contact_that_only_its_user_sees() {
    let server = Server::start().await;
    let token = server.token(&RSA, json!({"scope": "contact_read contact_write"}));
    let contact = json!({"name": "Grace Hopper", "email": "grace@example.com"});
    assert_eq!(names(server.call(&token, "add_contact", contact).await.result()), ["Ada Lovelace", "Grace Hopper"]);
    assert_eq!(names(server.call(&token, "list_contacts", json!({})).await.result()), ["Ada Lovelace", "Grace Hopper"]);
    let somebody_else = server.token(&RSA, json!({"sub": "eve"}));
    assert_eq!(names(server.call(&somebody_else, "list_contacts", json!({})).await.result()), ["Ada Lovelace"]);
}

#[tokio::test]
async fn whoami_needs_no_scope() {
    let server = Server::start().await;
    let answer = server.whoami(&server.token(&RSA, json!({"scope": null}))).await;
    assert_eq!((answer.status, &answer.result()["scope"]), (200, &json!("")));
}

#[tokio::test]
async fn a_client_of_the_newest_protocol_is_told_the_same() {
    let server = Server::start().await;
    let call = |token: String, tool: &'static str| Answer::to(server.newest(&token, tool));
    let answer = call(server.token(&RSA, json!({"scope": "contact_write"})), "list_contacts").await;
    assert_eq!(answer.status, 403);
    assert!(answer.challenge.contains(r#"scope="contact_write contact_read", error="insufficient_scope""#));
    let answer = call(server.token(&RSA, json!({})), "list_contacts").await;
    assert_eq!((answer.status, names(answer.result())), (200, vec!["Ada Lovelace"]));
}
