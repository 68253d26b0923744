//! `GET /api/v1/templates`

use serde_json::{Value, json};

use super::{browser, call, create, text};
use crate::harness::{Client, DEVICE_GRANT, Program, TestServer};

async fn templates(driftwood: &TestServer) -> Vec<Value> {
    let reply = driftwood.get("/api/v1/templates").await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "public, max-age=3600"), "{}", reply.text);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    reply.json()["templates"].as_array().unwrap().clone()
}

#[tokio::test]
async fn templates_are_public_and_say_what_they_set() {
    let driftwood = TestServer::start().await;
    driftwood.calls();
    let templates = templates(&driftwood).await;
    let ids: Vec<&str> = templates.iter().map(|template| text(&template["id"])).collect();
    assert_eq!(ids, ["web-server", "single-page", "cli", "machine", "mcp-server"]);
    for template in &templates {
        assert!(text(&template["name"]).len() > 3 && text(&template["description"]).len() > 20, "{template}");
        assert!(template["required"].as_array().unwrap().contains(&json!("name")));
        assert!(!template["settings"]["scopes"].as_array().unwrap().is_empty(), "an empty list would mean every scope");
    }
    assert!(driftwood.calls().is_empty(), "nothing is read for it");
}

/// Creates an app from this template, and returns it with its client.
async fn created_from(driftwood: &TestServer, alice: &crate::harness::Alice, template: &Value) -> (Value, Client) {
    let mut settings = json!({"name": template["name"], "template": template["id"]});
    if template["required"].as_array().unwrap().contains(&json!("redirect_uris")) {
        settings["redirect_uris"] = json!(["https://new.example/cb"]);
    }
    let app = create(driftwood, &alice.access_token, settings).await;
    for (name, value) in template["settings"].as_object().unwrap() {
        assert_eq!(app[name], *value, "{name} of {template}");
    }
    let program = Program {
        id: text(&app["id"]).to_owned(),
        client_id: text(&app["client_id"]).to_owned(),
        client_secret: app["client_secret"].as_str().unwrap_or_default().to_owned(),
    };
    let client = driftwood.unowned_client(&program.client_id, &program.client_secret, "https://new.example/cb");
    (app, Client { app: program, ..client })
}

#[tokio::test]
async fn an_app_of_each_template_gets_tokens_by_its_grant() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for template in templates(&driftwood).await {
        let (app, client) = created_from(&driftwood, &alice, &template).await;
        let scope = template["settings"]["scopes"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(" ");
        let has_secret = app.get("client_secret").is_some();
        assert_eq!(has_secret, app["token_endpoint_auth_method"] != "none", "{template}");
        let browser = browser(&driftwood, &alice).await;
        let grants: Vec<&str> = app["grant_types"].as_array().unwrap().iter().map(text).collect();
        let tokens = if grants.contains(&"authorization_code") {
            let code = browser.approve(&client, &[("scope", &scope)]).await.code().to_owned();
            client.exchange(&driftwood, &code).await.json()
        } else if grants.contains(&DEVICE_GRANT) {
            let codes = client.ask(&driftwood).await;
            browser.connect(&codes).await;
            client.poll(&driftwood, &codes).await.json()
        } else {
            let own = client.token(&driftwood, &[("grant_type", "client_credentials")]).await;
            if template["id"] == "mcp-server" {
                own.refused_oauth(400, "invalid_scope");
                assert_eq!(client.introspect(&driftwood, "unknown").await["active"], false, "it may ask");
                continue;
            }
            own.json()
        };
        assert_eq!(tokens["scope"], scope, "{template}: {tokens}");
        assert_eq!(tokens.get("refresh_token").is_some(), grants.contains(&"refresh_token"), "{template}");
    }
}

#[tokio::test]
async fn settings_of_an_app_replace_those_of_its_template() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let settings = json!({"name": "Job", "template": "machine", "scopes": ["contact_write"]});
    let app = create(&driftwood, &alice.access_token, settings).await;
    assert_eq!((&app["scopes"], &app["grant_types"]), (&json!(["contact_write"]), &json!(["client_credentials"])));
    let post = |body: Value| call(&driftwood, &alice.access_token, reqwest::Method::POST, super::APPS, body);
    assert_eq!(post(json!({"name": "X", "template": "Machine"})).await.mistaken_parts(), ["template"]);
    assert_eq!(post(json!({"name": "X", "template": 5})).await.mistaken_parts(), ["template"]);
    let without_uris = post(json!({"name": "X", "template": "web-server"})).await;
    assert_eq!(without_uris.mistaken_parts(), ["grant_types"]);
    assert!(without_uris.text.contains("redirect_uris"), "{}", without_uris.text);
}
