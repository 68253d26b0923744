//! `GET,POST /api/v1/apps`, `GET,DELETE /api/v1/apps/{appId}`

use reqwest::Method;
use serde_json::{Value, json};

use super::{APPS, call, callers, create, get, own_token, text};
use crate::harness::{OPERATED, TestServer, Trouble};

#[tokio::test]
async fn an_app_is_created_read_and_revoked() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let reply = call(&driftwood, &alice.access_token, Method::POST, APPS, json!({"name": "My Web App"})).await;
    assert_eq!((reply.status, reply.header("cache-control")), (201, "no-store"), "{}", reply.text);
    let mut app = reply.json();
    let path = reply.header("location").strip_prefix(&driftwood.server.url).expect("an absolute address").to_owned();
    assert_eq!(path, format!("{APPS}/{}", text(&app["id"])));
    let secret = app.as_object_mut().unwrap().remove("client_secret").expect("a secret");
    assert!(text(&secret).starts_with("dw_cs_"));
    assert_eq!((app["disabled_at"].clone(), app["revoked_at"].clone()), (Value::Null, Value::Null));
    let read = get(&driftwood, &alice.access_token, &path).await;
    assert_eq!((read.status, read.json()), (200, app.clone()), "the same without the secret");
    let listed = driftwood.post_as(&alice.access_token, "oauth-apps-list", json!({})).await.result();
    assert_eq!(listed["apps"], json!([app]), "one app, whichever API shows it");
    for _ in 0..2 {
        let reply = call(&driftwood, &alice.access_token, Method::DELETE, &path, Value::Null).await;
        assert_eq!((reply.status, reply.text.as_str()), (204, ""), "a repetition changes nothing");
    }
    let revoked = get(&driftwood, &alice.access_token, &path).await.json();
    assert!(text(&revoked["revoked_at"]).ends_with('Z'));
    assert_eq!(get(&driftwood, &alice.access_token, APPS).await.json(), json!({"apps": [], "next_cursor": null}));
}

#[tokio::test]
async fn the_scopes_of_a_token_decide_what_it_may_do() {
    let driftwood = TestServer::start().await;
    let callers = callers(&driftwood).await;
    let app = create(&driftwood, &callers.alice.access_token, json!({"name": "X", "scopes": ["app_read"]})).await;
    let path = format!("{APPS}/{}", text(&app["id"]));
    for (caller, token) in callers.writers.iter().chain(&callers.readers) {
        assert_eq!(get(&driftwood, token, &path).await.json()["id"], app["id"], "{caller}");
        assert_eq!(get(&driftwood, token, APPS).await.status, 200, "{caller}");
    }
    for (_, token) in &callers.others {
        for path in [&path, APPS] {
            let reply = get(&driftwood, token, path).await;
            reply.refused_resource(403, "insufficient_scope");
            let challenge = reply.header("www-authenticate");
            // After those that the token has.
            assert!(
                challenge.contains("error=\"insufficient_scope\"") && challenge.contains("app_read\""),
                "{challenge}"
            );
        }
    }
    let before = driftwood.count_items("Apps").await;
    for (_, token) in callers.readers.iter().chain(&callers.others) {
        let requests =
            [(Method::POST, APPS, json!({"name": "Y", "scopes": ["app_read"]})), (Method::DELETE, &path, Value::Null)];
        for (method, path, body) in requests {
            let reply = call(&driftwood, token, method, path, body).await;
            reply.refused_resource(403, "insufficient_scope");
            assert!(reply.header("www-authenticate").contains("app_write\""));
        }
    }
    assert_eq!(driftwood.count_items("Apps").await, before);
    for (caller, token) in &callers.writers {
        let app = create(&driftwood, token, json!({"name": caller})).await;
        let reply = call(&driftwood, token, Method::DELETE, &format!("{APPS}/{}", text(&app["id"])), Value::Null).await;
        assert_eq!(reply.status, 204, "{caller}");
    }
}

#[tokio::test]
async fn a_token_with_scopes_gives_no_app_more_than_it_has() {
    let driftwood = TestServer::start().await;
    let callers = callers(&driftwood).await;
    for (caller, token) in &callers.writers[2..] {
        let app = create(&driftwood, token, json!({"name": "New"})).await;
        assert_eq!(app["scopes"], json!(["app_read", "app_write"]), "{caller}: its own scopes by default");
        let app = create(&driftwood, token, json!({"name": "New", "scopes": ["app_read"]})).await;
        assert_eq!(app["scopes"], json!(["app_read"]), "{caller}");
        let before = driftwood.count_items("Apps").await;
        for settings in [
            json!({"name": "All", "scopes": []}),
            json!({"name": "More", "scopes": ["app_read", "contact_write"]}),
            json!({"name": "Other", "template": "machine"}),
        ] {
            call(&driftwood, token, Method::POST, APPS, settings).await.refused_resource(403, "forbidden");
        }
        assert_eq!(driftwood.count_items("Apps").await, before, "{caller}");
    }
    for (caller, token) in &callers.writers[..2] {
        let app = create(&driftwood, token, json!({"name": "All"})).await;
        assert_eq!(app["scopes"], json!([]), "{caller} has every scope, and so has the app that it creates");
    }
}

#[tokio::test]
async fn another_accounts_app_and_an_invalid_id_are_not_found() {
    let driftwood = TestServer::start().await;
    let (alice, mallory) = (driftwood.alice().await, driftwood.alice().await);
    let app = create(&driftwood, &alice.access_token, json!({"name": "Hers"})).await;
    let own = own_token(&driftwood, &mallory, json!([])).await;
    let unknown = "0199a1b2-0000-7000-8000-000000000001";
    for token in [&mallory.access_token, &own] {
        for id in [text(&app["id"]), text(&app["client_id"]), unknown, "x", "%00", "..%2f", &"x".repeat(3_000)] {
            for method in [Method::GET, Method::DELETE] {
                let reply = call(&driftwood, token, method, &format!("{APPS}/{id}"), Value::Null).await;
                reply.refused_resource(404, "not_found");
            }
        }
        let list = get(&driftwood, token, &format!("{APPS}?include_revoked=true")).await.json();
        assert!(!list.to_string().contains(text(&app["id"])));
    }
    let cursor = format!("{APPS}?cursor={}", text(&app["id"]));
    let page = get(&driftwood, &mallory.access_token, &cursor).await;
    assert!(page.status == 200 && !page.text.contains(text(&app["id"])), "{}", page.text);
    let read = get(&driftwood, &alice.access_token, &format!("{APPS}/{}", text(&app["id"]))).await.json();
    assert_eq!(read["revoked_at"], Value::Null);
}

#[tokio::test]
async fn a_list_continues_where_the_page_ended() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for n in 0..5 {
        let app = create(&driftwood, &alice.access_token, json!({"name": format!("App {n}")})).await;
        if n == 3 {
            let path = format!("{APPS}/{}", text(&app["id"]));
            call(&driftwood, &alice.access_token, Method::DELETE, &path, Value::Null).await;
        }
        driftwood.advance(1);
    }
    let names = |page: &Value| -> Vec<String> {
        page["apps"].as_array().unwrap().iter().map(|app| text(&app["name"]).to_owned()).collect()
    };
    let live = ["App 0", "App 1", "App 2", "App 4"];
    let all = ["App 0", "App 1", "App 2", "App 3", "App 4"];
    for (query, expected) in [("limit=2", &live[..]), ("limit=2&include_revoked=true", &all)] {
        let (mut path, mut seen) = (format!("{APPS}?{query}"), Vec::new());
        loop {
            let reply = get(&driftwood, &alice.access_token, &path).await;
            let page = reply.json();
            assert!(names(&page).len() <= 2);
            seen.extend(names(&page));
            let link = reply.header("link");
            assert_eq!(link.is_empty(), page["next_cursor"].is_null());
            if link.is_empty() {
                break;
            }
            let (url, rel) = link.split_once('>').unwrap();
            assert_eq!(rel, "; rel=\"next\"");
            assert!(url.contains(text(&page["next_cursor"])));
            path = url.strip_prefix(&format!("<{}", driftwood.server.url)).expect("an absolute address").to_owned();
        }
        assert_eq!(seen, expected, "{query}");
    }
}

#[tokio::test]
async fn an_invalid_query_is_refused() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let list = |query: &'static str| {
        let (driftwood, token) = (&driftwood, &alice.access_token);
        async move { get(driftwood, token, &format!("{APPS}?{query}")).await }
    };
    for (query, fields) in [
        ("limit=0", vec!["limit"]),
        ("limit=101", vec!["limit"]),
        ("limit=ten", vec!["limit"]),
        ("limit=-1&cursor=x&include_revoked=yes", vec!["cursor", "include_revoked", "limit"]),
        ("limit=99999999999999999999", vec!["limit"]),
        ("include_revoked=1", vec!["include_revoked"]),
    ] {
        assert_eq!(list(query).await.mistaken_parts(), fields, "{query}");
    }
    for query in ["limit=1&limit=1", "cursor=%zz", "%ff=1"] {
        assert_eq!(list(query).await.status, 400, "{query}");
    }
    for query in ["", "limit=", "limit=100&unknown=1", "include_revoked=false"] {
        assert_eq!(list(query).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn invalid_settings_are_refused_and_nothing_is_stored() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let post = |body: Value| call(&driftwood, &alice.access_token, Method::POST, APPS, body);
    for (settings, field) in [
        (json!({}), "name"),
        (json!({"name": "x", "redirect_uris": ["http://app.example/cb"]}), "redirect_uris"),
        (json!({"name": "x", "scopes": ["everything"]}), "scopes"),
        (json!({"name": "x", "scopes": "app_read"}), "scopes"),
        (json!({"name": "x", "grant_types": ["password"]}), "grant_types"),
        (json!({"name": "x", "token_endpoint_auth_method": "none"}), "grant_types"),
        (json!({"name": "x", "token_endpoint_auth_method": "private_key_jwt"}), "jwks"),
    ] {
        let reply = post(settings.clone()).await;
        assert!(reply.mistaken_parts().contains(&field.to_owned()), "{settings}: {}", reply.text);
    }
    assert_eq!(post(Value::Null).await.mistaken_parts(), ["name"]);
    let bearer = format!("Bearer {}", alice.access_token);
    let json = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for body in ["{", "[]", "null", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"\\ud800\"}"] {
        driftwood.send(Method::POST, APPS, &json, body).await.refused_resource(400, "invalid_json");
    }
    let large = format!("{{\"name\":\"{}\"}}", "a".repeat(64 * 1024));
    driftwood.send(Method::POST, APPS, &json, large).await.refused_resource(413, "payload_too_large");
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json"] {
        let headers = [("authorization", bearer.as_str()), ("content-type", media_type)];
        driftwood.send(Method::POST, APPS, &headers, "{}").await.refused_resource(415, "unsupported_media_type");
    }
    assert_eq!(driftwood.count_items("Apps").await, 0);
}

#[tokio::test]
async fn the_audit_trail_names_the_user_and_the_app() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let callers = callers(&driftwood).await;
    for (caller, token) in &callers.writers {
        let app = create(&driftwood, token, json!({"name": caller})).await;
        driftwood.advance(1);
        call(&driftwood, token, Method::DELETE, &format!("{APPS}/{}", text(&app["id"])), Value::Null).await;
        let me = get(&driftwood, token, "/api/v1/me").await.json();
        let trail = driftwood.trail(&callers.alice.access_token, json!({})).await;
        let events: Vec<&Value> = trail.iter().filter(|event| event["subject"] == app["id"]).collect();
        let actions: Vec<&str> = events.iter().map(|event| text(&event["action"])).collect();
        assert_eq!(actions, ["app.revoked", "app.created"], "{caller}");
        for event in events {
            assert_eq!(event["user_id"], callers.alice.user_id.as_str(), "{caller}");
            assert_eq!(event["client_id"], me["client"]["client_id"], "{caller}");
        }
    }
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn faults_are_retried_or_reported_and_leave_nothing_half_done() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let passing =
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
    for trouble in passing {
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let app = create(&driftwood, &alice.access_token, json!({"name": "X"})).await;
        driftwood.inject_fault("UpdateItem", trouble, 1);
        let path = format!("{APPS}/{}", text(&app["id"]));
        let reply = call(&driftwood, &alice.access_token, Method::DELETE, &path, Value::Null).await;
        assert_eq!((reply.status, driftwood.clear_faults()), (204, 2), "{trouble:?}");
    }
    assert_eq!(
        driftwood.count_items("Apps").await,
        2 * passing.len() + 1,
        "each app once, with its index entry; their number"
    );
    let app = create(&driftwood, &alice.access_token, json!({"name": "X"})).await;
    let path = format!("{APPS}/{}", text(&app["id"]));
    for (operation, method, path, body) in [
        ("BatchGetItem", Method::GET, "/api/v1/me", Value::Null),
        ("Query", Method::GET, APPS, Value::Null),
        ("GetItem", Method::GET, path.as_str(), Value::Null),
        ("TransactWriteItems", Method::POST, APPS, json!({"name": "Y"})),
        ("UpdateItem", Method::DELETE, path.as_str(), Value::Null),
        ("PutItem", Method::DELETE, path.as_str(), Value::Null),
    ] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let reply = call(&driftwood, &alice.access_token, method.clone(), path, body.clone()).await;
        reply.refused_resource(503, "unavailable");
        assert_eq!(reply.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0);
        let reply = call(&driftwood, &alice.access_token, method, path, body).await;
        assert!(matches!(reply.status, 200..=204), "{operation} {path}: {}", reply.text);
    }
}
