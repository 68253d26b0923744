//! Which events may be posted, and by which caller.

use reqwest::Method;
use serde_json::{Value, json};

use super::publish::stored;
use super::{FIRST, order};
use crate::harness::TestServer;

#[tokio::test]
async fn an_event_is_stored_as_it_was_posted() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let data =
        json!({"number": 17, "total": 49.9, "huge": 1e300, "lines": [{"sku": "A-1"}, null, true], "": "ä\u{1f30a}"});
    let body = json!({"type": "order.placed", "data": data, "occurred_at": "2026-01-02T03:04:05.678+01:00"});
    let event = driftwood.event(&alice, body).await;
    assert_eq!((&event["type"], &event["data"]), (&json!("order.placed"), &data));
    assert_eq!((&event["occurred_at"], &event["sequence"]), (&json!("2026-01-02T02:04:05Z"), &json!(FIRST)));
    assert_eq!((&event["user_id"], &event["client_id"]), (&json!(alice.user_id), &Value::Null));
    assert_eq!(driftwood.events(&alice).await, [event]);
}

#[tokio::test]
async fn without_a_time_an_event_has_the_current_time() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.advance(600);
    let event = driftwood.event(&alice, order(1)).await;
    assert_eq!(event["occurred_at"], event["created_at"]);
    assert_eq!(event["created_at"], driftwood.clock.now().to_rfc3339());
}

#[tokio::test]
async fn mistakes_are_reported_field_by_field() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let nested = (0..16).fold(json!({}), |inner, _| json!({"a": inner}));
    let cases = [
        (json!({}), vec!["data", "type"]),
        (json!({"type": null, "data": null}), vec!["data", "type"]),
        (json!({"type": 5, "data": []}), vec!["data", "type"]),
        (json!({"type": "Order placed", "data": {}}), vec!["type"]),
        (json!({"type": "order..placed", "data": {}}), vec!["type"]),
        (json!({"type": "x".repeat(65), "data": {}}), vec!["type"]),
        (json!({"type": "a", "data": "{}"}), vec!["data"]),
        (json!({"type": "a", "data": nested}), vec!["data"]),
        (json!({"type": "a", "data": {"x": "x".repeat(33 * 1024)}}), vec!["data"]),
        (json!({"type": "a", "data": {}, "occurred_at": "yesterday"}), vec!["occurred_at"]),
        (json!({"type": "a", "data": {}, "occurred_at": 1_785_231_000}), vec!["occurred_at"]),
    ];
    for (body, expected) in cases {
        let error =
            driftwood.post_event_as(&alice.access_token, &[], body).await.refused_resource(400, "invalid_input");
        assert_eq!(error["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), expected);
    }
    for reserved in ["contact.created", "user.created", "app.installed", "app.uninstalled", "member.added"] {
        let body = json!({"type": reserved, "data": {}});
        driftwood.post_event_as(&alice.access_token, &[], body).await.refused_resource(400, "invalid_input");
    }
    assert_eq!(stored(&driftwood).await.len(), 0);
}

#[tokio::test]
async fn the_request_of_the_seed_is_refused_with_its_missing_fields() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let bearer = format!("Bearer {}", alice.access_token);
    let reply = driftwood.send(Method::POST, "/v2/event", &[("authorization", &bearer)], "").await;
    let error = reply.refused_resource(400, "invalid_input");
    assert_eq!(error["fields"], json!({"data": "is required", "type": "is required"}));
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_and_nothing_is_stored() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let bearer = format!("Bearer {}", alice.access_token);
    let json_type = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let send = |headers, body: Vec<u8>| driftwood.send(Method::POST, "/v2/event", headers, body);
    for body in
        [&b"{"[..], b"[]", b"{\"type\":\"a\",\"type\":\"b\",\"data\":{}}", b"{\"data\":{\"a\":1,\"a\":2}}", b"\xff"]
    {
        send(&json_type, body.to_vec()).await.refused_resource(400, "invalid_json");
    }
    let nested = format!("{{\"type\":\"a\",\"data\":{}1{}}}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
    send(&json_type, nested.into_bytes()).await.refused_resource(400, "invalid_json");
    let large = json!({"type": "a", "data": {"x": "x".repeat(64 * 1024)}}).to_string();
    send(&json_type, large.into_bytes()).await.refused_resource(413, "payload_too_large");
    let form = [("content-type", "application/x-www-form-urlencoded"), ("authorization", bearer.as_str())];
    send(&form, b"type=a".to_vec()).await.refused_resource(415, "unsupported_media_type");
    let reply = driftwood.send(Method::GET, "/v2/event", &[], "").await;
    reply.refused_resource(405, "method_not_allowed");
    assert_eq!(reply.header("allow"), "POST, OPTIONS");
    let reply = driftwood.send(Method::OPTIONS, "/v2/event", &[("origin", "https://app.example")], "").await;
    assert!(reply.status == 204 && reply.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(stored(&driftwood).await.len(), 0);
}

#[tokio::test]
async fn the_account_is_that_of_the_token_and_not_of_the_body() {
    let driftwood = TestServer::start().await;
    let (alice, mallory) = (driftwood.alice().await, driftwood.alice().await);
    let mut body = order(1);
    body["account_id"] = alice.claims()["account_id"].clone();
    body["sequence"] = json!(7);
    let event = driftwood.event(&mallory, body).await;
    assert_eq!(event["sequence"], FIRST);
    assert_eq!(driftwood.events(&alice).await, [Value::Null; 0]);
    assert_eq!(driftwood.event(&alice, order(2)).await["sequence"], FIRST, "each account has its own sequence");
    let cursor = json!({"cursor": event["sequence"]});
    assert_eq!(driftwood.post_as(&alice.access_token, "events-list", cursor).await.result()["events"], json!([]));
}

#[tokio::test]
async fn an_event_has_the_client_that_posted_it() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Shop"})).await;
    let token = driftwood.token_form(&[("authorization", &program.basic())], "grant_type=client_credentials").await;
    let token = token.json()["access_token"].as_str().unwrap().to_owned();
    let event = driftwood.post_event_as(&token, &[], order(1)).await;
    assert_eq!(event.status, 201, "{}", event.text);
    let event = event.json();
    assert_eq!((&event["client_id"], &event["user_id"]), (&json!(program.client_id), &json!(alice.user_id)));
    assert_eq!(driftwood.events(&alice).await, [event]);
}

#[tokio::test]
async fn a_delegated_token_needs_the_scope_for_events() {
    let driftwood = TestServer::start().await;
    let settings = json!({
        "name": "Shop", "redirect_uris": ["https://shop.example/cb"], "token_endpoint_auth_method": "none",
        "scopes": ["event_read", "event_write"],
    });
    let client = driftwood.client(settings).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let mut tokens = Vec::new();
    for scope in ["event_write", "event_read"] {
        let code = visitor.approve(&client, &[("scope", scope)]).await.code().to_owned();
        let token = client.exchange(&driftwood, &code).await.json();
        tokens.push(token["access_token"].as_str().unwrap().to_owned());
    }
    let posted = driftwood.post_event_as(&tokens[0], &[], order(1)).await;
    assert_eq!(posted.status, 201, "{}", posted.text);
    let event = posted.json();
    assert_eq!(event["client_id"], client.app.client_id);
    assert!(event["user_id"].is_string());
    let refused = driftwood.post_event_as(&tokens[1], &[], order(2)).await;
    refused.refused_resource(403, "insufficient_scope");
    assert!(refused.header("www-authenticate").contains(" event_write\""));
    assert_eq!(
        driftwood.post_as(&tokens[1], "events-list", json!({"type": "order.placed"})).await.result()["events"],
        json!([event])
    );
    let refused = driftwood.post_as(&tokens[0], "events-list", json!({})).await;
    refused.refused(403, "insufficient_scope");
    assert!(refused.header("www-authenticate").contains(" event_read\""));
}

#[tokio::test]
async fn the_consent_page_explains_the_event_scopes() {
    let driftwood = TestServer::start().await;
    let settings =
        json!({"name": "Shop", "redirect_uris": ["https://shop.example/cb"], "scopes": ["event_read", "event_write"]});
    let client = driftwood.client(settings).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", "event_read event_write")]).await;
    assert!(page.shows("Read what happens in your account") && page.shows("Post events to your account"));
}

#[tokio::test]
async fn without_a_valid_token_there_is_no_event() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let json_type = [("content-type", "application/json")];
    let reply = driftwood.send(Method::POST, "/v2/event", &json_type, order(1).to_string()).await;
    reply.refused_resource(401, "unauthorized");
    assert!(reply.header("www-authenticate").contains("resource_metadata=\""));
    driftwood.post("events-list", json!({})).await.refused(401, "unauthorized");
    driftwood.post_as(&alice.access_token, "auth-logout", json!({})).await.result();
    driftwood.post_event_as(&alice.access_token, &[], order(1)).await.refused_resource(401, "invalid_token");
    assert_eq!(stored(&driftwood).await.len(), 0);
}

#[tokio::test]
async fn the_data_of_an_event_is_in_no_log() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let body = json!({"type": "order.placed", "data": {"customer": "Wilhelmina Quackenbush"}});
    driftwood.post_event_as(&alice.access_token, &[("idempotency-key", "quackenbush-17")], body).await.json();
    assert!(!driftwood.has_logged("", "Quackenbush") && !driftwood.has_logged("", "quackenbush-17"));
    let items = format!("{:?}", driftwood.items("Events").await);
    assert!(!items.contains("quackenbush-17"), "the key is stored as its hash");
}
