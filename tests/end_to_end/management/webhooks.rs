//! `/api/v1/apps/{appId}/webhooks`: the settings of webhooks.

use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{APPS, MERGE_PATCH, call, call_with, callers, create, get, text};
use crate::harness::{Alice, DocumentServer, PASSWORD, Reply, Served, TestServer, Trouble};

const HOST: &str = "https://receiver.example";
const URL: &str = "https://receiver.example/hook";
const UNKNOWN: &str = "0199a1b2-0000-7000-8000-000000000001";

/// A user with an app.
struct Maker<'d> {
    driftwood: &'d TestServer,
    alice: Alice,
    app_id: String,
    /// The path of the app's webhooks.
    all: String,
}

async fn maker(driftwood: &TestServer) -> Maker<'_> {
    let alice = driftwood.alice().await;
    let app = create(driftwood, &alice.access_token, json!({"name": "Receiver"})).await;
    let app_id = text(&app["id"]).to_owned();
    Maker { driftwood, alice, all: format!("{APPS}/{app_id}/webhooks"), app_id }
}

impl Maker<'_> {
    async fn send(&self, method: Method, path: &str, body: Value) -> Reply {
        call(self.driftwood, &self.alice.access_token, method, path, body).await
    }

    async fn post(&self, body: Value) -> Reply {
        self.send(Method::POST, &self.all, body).await
    }

    async fn create(&self) -> Value {
        let reply = self.post(json!({"url": URL, "types": ["order.*"]})).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()
    }

    fn path(&self, webhook: &Value) -> String {
        format!("{}/{}", self.all, text(&webhook["id"]))
    }

    async fn read(&self, webhook: &Value) -> Value {
        let reply = self.send(Method::GET, &self.path(webhook), Value::Null).await;
        assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
        reply.json()
    }

    async fn list(&self) -> Vec<Value> {
        let reply = self.send(Method::GET, &self.all, Value::Null).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["webhooks"].as_array().expect("a list").clone()
    }

    async fn patch(&self, webhook: &Value, body: Value) -> Reply {
        let path = self.path(webhook);
        call_with(self.driftwood, &self.alice.access_token, Method::PATCH, &path, &[MERGE_PATCH], body).await
    }

    async fn patched(&self, webhook: &Value, body: Value) -> Value {
        let reply = self.patch(webhook, body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    async fn delete(&self, webhook: &Value) -> u16 {
        self.send(Method::DELETE, &self.path(webhook), Value::Null).await.status
    }

    async fn rotate(&self, webhook: &Value) -> Reply {
        self.send(Method::POST, &format!("{}/secret", self.path(webhook)), Value::Null).await
    }

    async fn test(&self, webhook: &Value) -> Reply {
        self.send(Method::POST, &format!("{}/test", self.path(webhook)), Value::Null).await
    }

    /// The actions about the app's webhooks, the oldest first.
    async fn trail(&self) -> Vec<Value> {
        let mut trail = self.driftwood.trail(&self.alice.access_token, json!({})).await;
        trail.retain(|event| text(&event["action"]).starts_with("webhook."));
        trail.reverse();
        trail
    }
}

/// The same webhook without what is shown in one response only.
fn without(webhook: &Value, name: &str) -> Value {
    let mut webhook = webhook.clone();
    webhook.as_object_mut().expect("an object").remove(name);
    webhook
}

async fn receiver() -> (DocumentServer, TestServer) {
    let receiver = DocumentServer::start().await;
    receiver.put("/hook", Served::text("thanks"));
    let driftwood = TestServer::start_with_documents(&[(HOST, &receiver)], &[]).await;
    (receiver, driftwood)
}

/// The value of a header of a recorded request.
fn header<'r>(request: &'r str, name: &str) -> &'r str {
    let prefix = format!("{name}: ");
    request.lines().find_map(|line| line.strip_prefix(prefix.as_str())).unwrap_or_else(|| panic!("{name} in {request}"))
}

/// Whether a secret signed a recorded request, as Standard Webhooks says.
fn is_signed_by(request: &str, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("Base64");
    let body = request.split_once("\r\n\r\n").expect("a body").1;
    let signed = format!("{}.{}.{body}", header(request, "webhook-id"), header(request, "webhook-timestamp"));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(tag.as_ref()));
    header(request, "webhook-signature").split(' ').any(|one| one == signature)
}

#[tokio::test]
async fn a_webhook_is_created_listed_read_changed_and_deleted() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    assert_eq!(maker.list().await, [Value::Null; 0]);
    let reply = maker.post(json!({"url": URL, "types": ["order.*", "order.*"], "unknown": 1})).await;
    assert_eq!((reply.status, reply.header("cache-control")), (201, "no-store"), "{}", reply.text);
    let new = reply.json();
    assert_eq!(reply.header("location"), format!("{}{}", driftwood.server.url, maker.path(&new)));
    let shown = without(&new, "secret");
    let expected = json!({
        "id": new["id"], "url": URL, "types": ["order.*"], "api_version": "2026-11-29", "enabled": true, "disabled": null,
        "failing": null, "previous_secret_until": null, "created_at": new["created_at"],
    });
    assert_eq!(shown, expected);

    driftwood.advance(1);
    let second = without(&maker.create().await, "secret");
    assert_eq!(maker.list().await, [shown.clone(), second.clone()], "the oldest first");
    let read = maker.read(&new).await;
    assert_eq!((&read["attempts"], &read["next_cursor"]), (&json!([]), &Value::Null));
    assert_eq!(without(&without(&read, "attempts"), "next_cursor"), shown);

    let mut changed = shown.clone();
    for (name, value) in
        [("url", json!("https://other.example/hook")), ("types", json!(["*"])), ("api_version", json!("2026-11-29"))]
    {
        changed[name] = value.clone();
        assert_eq!(maker.patched(&new, json!({name: value, "unknown": {}})).await, changed, "{name}");
    }
    assert_eq!(maker.patched(&new, json!({})).await, changed, "nothing is named");
    assert_eq!(maker.list().await, [changed, second.clone()], "the other stays as it is");

    for _ in 0..2 {
        assert_eq!(maker.delete(&new).await, 204, "also repeated");
    }
    maker.send(Method::GET, &maker.path(&new), Value::Null).await.refused_resource(404, "not_found");
    maker.patch(&new, json!({"enabled": false})).await.refused_resource(404, "not_found");
    maker.rotate(&new).await.refused_resource(404, "not_found");
    maker.test(&new).await.refused_resource(404, "not_found");
    assert_eq!(maker.list().await, [second]);
}

#[tokio::test]
async fn a_webhook_that_was_stored_without_a_version_has_the_first() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    let [mut item] = driftwood.items_of("Webhooks", "webhooks").await.try_into().expect("one item");
    let list = item.get_mut("webhooks").expect("the webhooks");
    let AttributeValue::L(list) = list else { panic!("a list: {list:?}") };
    let Some(AttributeValue::M(stored)) = list.first_mut() else { panic!("a webhook") };
    assert!(stored.remove("api_version").is_some());
    driftwood.put_item("Webhooks", item).await;
    assert_eq!(maker.list().await, [without(&webhook, "secret")]);
}

#[tokio::test]
async fn a_disabled_webhook_is_tested_again_only_when_it_is_enabled() {
    let (receiver, driftwood) = receiver().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    let disabled = maker.patched(&webhook, json!({"enabled": false})).await;
    let since = disabled["disabled"]["since"].clone();
    assert_eq!((&disabled["enabled"], &disabled["disabled"]["why"]), (&json!(false), &json!("maker")));
    driftwood.advance(60);
    assert_eq!(maker.patched(&webhook, json!({"enabled": false})).await["disabled"]["since"], since, "of the first");
    maker.test(&webhook).await.refused_resource(409, "conflict");
    assert_eq!(receiver.asked(), [""; 0]);
    for _ in 0..2 {
        let enabled = maker.patched(&webhook, json!({"enabled": true})).await;
        assert_eq!((&enabled["enabled"], &enabled["disabled"]), (&json!(true), &Value::Null));
    }
    assert_eq!(maker.test(&webhook).await.status, 202);
    assert_eq!(receiver.asked(), ["/hook"]);
}

#[tokio::test]
async fn a_test_is_sent_at_once_and_what_came_of_it_is_shown() {
    let (receiver, driftwood) = receiver().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    let reply = maker.test(&webhook).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    let id = reply.json()["id"].clone();
    let [request] = &receiver.requests("/hook")[..] else { panic!("one request") };
    assert_eq!(header(request, "webhook-id"), text(&id));
    assert!(is_signed_by(request, text(&webhook["secret"])) && request.contains("webhook.test"), "{request}");

    receiver.put("/hook", Served::text("not now").status(500));
    driftwood.advance(1);
    assert_eq!(maker.test(&webhook).await.status, 202);
    let read = maker.read(&webhook).await;
    let attempts = read["attempts"].as_array().expect("a list");
    let what = |attempt: &Value| ["type", "status", "body", "reason"].map(|name| attempt[name].clone());
    let test = json!("webhook.test");
    assert_eq!(what(&attempts[0]), [test.clone(), json!(500), json!("not now"), Value::Null], "the newest first");
    assert_eq!(what(&attempts[1]), [test, json!(200), json!("thanks"), Value::Null]);
    assert_eq!((attempts.len(), &attempts[1]["message_id"]), (2, &id));
    let failing = &read["failing"];
    assert_eq!((&failing["failures"], &failing["since"]), (&json!(1), &attempts[0]["at"]));
    assert!(text(&failing["next_at"]) > text(&failing["since"]));

    let enabled = maker.patched(&webhook, json!({"enabled": true})).await;
    assert_eq!(enabled["failing"], Value::Null, "what failed is forgotten");
    receiver.set_away(true);
    driftwood.advance(1);
    assert_eq!(maker.test(&webhook).await.status, 202);
    let away = maker.read(&webhook).await;
    let attempt = &away["attempts"][0];
    assert!(attempt["status"].is_null() && attempt["body"].is_null() && !text(&attempt["reason"]).is_empty());
    assert_eq!(away["failing"]["failures"], 1);
    let moved = maker.patched(&webhook, json!({"url": "https://receiver.example/other"})).await;
    assert_eq!(moved["failing"], Value::Null, "the other address did not fail");
}

#[tokio::test]
async fn attempts_are_shown_page_by_page_the_newest_first() {
    let (_receiver, driftwood) = receiver().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    let mut tests = Vec::new();
    for _ in 0..21 {
        driftwood.advance(1);
        tests.push(maker.test(&webhook).await.json()["id"].clone());
    }
    let read = maker.read(&webhook).await;
    tests.reverse();
    let shown = |page: &Value| -> Vec<Value> {
        page["attempts"].as_array().expect("a list").iter().map(|attempt| attempt["message_id"].clone()).collect()
    };
    assert_eq!(shown(&read), tests[..20]);
    let page = async |query: String| {
        let reply = maker.send(Method::GET, &format!("{}?{query}", maker.path(&webhook)), Value::Null).await;
        (reply.json(), reply.header("link").to_owned())
    };
    let (last, link) = page(format!("cursor={}", read["next_cursor"].as_str().expect("a cursor"))).await;
    assert_eq!((shown(&last), &last["next_cursor"], link.as_str()), (tests[20..].to_vec(), &Value::Null, ""));
    let (first, link) = page("limit=7".to_owned()).await;
    assert_eq!(shown(&first), tests[..7]);
    let (_, query) = link.split_once('?').expect("a query");
    let (next, _) = page(query.split_once('>').expect("a link").0.to_owned()).await;
    assert_eq!(shown(&next), tests[7..14]);
    for (query, field) in [("limit=0", "limit"), ("limit=101", "limit"), ("cursor=x", "cursor")] {
        let reply = maker.send(Method::GET, &format!("{}?{query}", maker.path(&webhook)), Value::Null).await;
        let error = reply.refused_resource(400, "invalid_input");
        assert_eq!(error["fields"].as_object().expect("fields").keys().collect::<Vec<_>>(), [field], "{query}");
    }
}

#[tokio::test]
async fn a_webhook_without_types_gets_those_that_the_app_subscribes_to() {
    let (_receiver, driftwood) = receiver().await;
    let maker = maker(&driftwood).await;
    let body = || json!({"url": "https://receiver.example/driftwood"});
    let refused = maker.send(Method::POST, &maker.all, body()).await.refused_resource(400, "invalid_input");
    assert_eq!(refused["fields"], json!({"types": "is required"}), "without subscriptions there is no default");
    let config = maker.all.replace("/webhooks", "/config");
    let subscriptions = json!({"event_subscriptions": ["order.placed", "contact.created"]});
    assert_eq!(maker.send(Method::PATCH, &config, subscriptions).await.status, 200);
    let created = maker.send(Method::POST, &maker.all, body()).await;
    assert_eq!((created.status, &created.json()["types"]), (201, &json!(["order.placed", "contact.created"])));
    let named = json!({"url": "https://receiver.example/driftwood", "types": ["*"]});
    assert_eq!(maker.send(Method::POST, &maker.all, named).await.json()["types"], json!(["*"]));
}

#[tokio::test]
async fn a_secret_is_shown_once_and_for_a_day_after_its_successor_both_sign() {
    let (receiver, driftwood) = receiver().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    let first = text(&webhook["secret"]).to_owned();
    assert!(first.starts_with("whsec_"));
    let reply = maker.rotate(&webhook).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
    let rotated = reply.json();
    let second = text(&rotated["secret"]).to_owned();
    assert_ne!(first, second);
    assert!(!rotated["previous_secret_until"].is_null());
    let shown = [maker.read(&webhook).await.to_string(), json!(maker.list().await).to_string()].concat();
    let shown = shown + &maker.patched(&webhook, json!({"types": ["*"]})).await.to_string();
    assert!(!shown.contains("whsec_") && !shown.contains(&first[6..]) && !shown.contains(&second[6..]));
    let items = format!("{:?}", driftwood.items("Webhooks").await);
    assert!(!items.contains(&first[6..]) && !items.contains(&second[6..]), "no table has a secret");

    let signed = async |maker: &Maker<'_>| {
        receiver.forget();
        assert_eq!(maker.test(&webhook).await.status, 202);
        let requests = receiver.requests("/hook");
        [&first, &second].map(|secret| is_signed_by(&requests[0], secret))
    };
    assert_eq!(signed(&maker).await, [true, true]);
    driftwood.advance(86_400);
    let again = driftwood.login(&maker.alice.email, PASSWORD).await.result();
    let maker = Maker { alice: Alice::from(&maker.alice.email, &again), ..maker };
    assert_eq!(maker.read(&webhook).await["previous_secret_until"], Value::Null);
    assert_eq!(signed(&maker).await, [false, true]);
}

#[tokio::test]
async fn each_webhook_has_another_secret() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let created = [maker.create().await, maker.create().await];
    assert_ne!(created[0]["secret"], created[1]["secret"]);
    assert_ne!(created[0]["id"], created[1]["id"]);
}

#[tokio::test]
async fn an_app_has_at_most_ten_webhooks() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let mut last = Value::Null;
    for _ in 0..10 {
        last = maker.create().await;
    }
    maker.post(json!({"url": URL, "types": ["*"]})).await.refused_resource(403, "quota_exceeded");
    assert_eq!(maker.list().await.len(), 10);
    let other = create(&driftwood, &maker.alice.access_token, json!({"name": "Other"})).await;
    let path = format!("{APPS}/{}/webhooks", text(&other["id"]));
    assert_eq!(maker.send(Method::POST, &path, json!({"url": URL, "types": ["*"]})).await.status, 201);
    maker.delete(&last).await;
    maker.create().await;
}

#[tokio::test]
async fn invalid_settings_are_refused_field_by_field_and_change_nothing() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    let before = maker.list().await;
    let long = format!("https://receiver.example/{}", "x".repeat(2_048));
    let many: Vec<String> = (0..51).map(|number| format!("order.n{number}")).collect();
    for (name, value) in [
        ("url", json!("")),
        ("url", json!("receiver.example")),
        ("url", json!("http://receiver.example/hook")),
        ("url", json!("https://user:password@receiver.example/")),
        ("url", json!("https://receiver.example/#here")),
        ("url", json!("https://localhost/")),
        ("url", json!("https://127.0.0.1/")),
        ("url", json!("https://[::1]/")),
        ("url", json!(long)),
        ("url", json!(format!("https://receiver.example/{}", "ü".repeat(400)))),
        ("url", json!([URL])),
        ("url", Value::Null),
        ("types", json!([])),
        ("types", json!("order.placed")),
        ("types", json!([1])),
        ("types", json!(["Order.Placed"])),
        ("types", json!(["*.placed"])),
        ("types", json!(many)),
        ("types", Value::Null),
    ] {
        let mut new = json!({"url": URL, "types": ["*"]});
        new[name] = value.clone();
        assert_eq!(maker.post(new).await.mistaken_parts(), [name], "{value}");
        let reply = maker.patch(&webhook, json!({name: value})).await;
        assert_eq!(reply.mistaken_parts(), [name], "{value}: {}", reply.text);
    }
    for enabled in [json!("false"), json!(0), Value::Null] {
        assert_eq!(maker.patch(&webhook, json!({"enabled": enabled})).await.mistaken_parts(), ["enabled"]);
    }
    for version in [json!("2026-11-30"), json!(""), json!(1), Value::Null] {
        assert_eq!(maker.patch(&webhook, json!({"api_version": version})).await.mistaken_parts(), ["api_version"]);
    }
    assert_eq!(maker.post(Value::Null).await.mistaken_parts(), ["types", "url"], "all at once");
    let all = json!({"url": 1, "types": 1, "enabled": 1});
    assert_eq!(maker.patch(&webhook, all).await.mistaken_parts(), ["enabled", "types", "url"]);
    assert_eq!(maker.list().await, before);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    let bearer = format!("Bearer {}", maker.alice.access_token);
    let resend = format!("{}/resend", maker.path(&webhook));
    for (method, path) in
        [(Method::POST, maker.all.clone()), (Method::PATCH, maker.path(&webhook)), (Method::POST, resend)]
    {
        let json = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        for body in ["{", "[]", "null", "{\"url\":\"a\",\"url\":\"b\"}"] {
            driftwood.send(method.clone(), &path, &json, body).await.refused_resource(400, "invalid_json");
        }
        let large = format!("{{\"url\":\"{}\"}}", "a".repeat(64 * 1024));
        driftwood.send(method.clone(), &path, &json, large).await.refused_resource(413, "payload_too_large");
        let plain = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
        driftwood.send(method, &path, &plain, "{}").await.refused_resource(415, "unsupported_media_type");
    }
    assert_eq!(maker.list().await.len(), 1);
}

#[tokio::test]
async fn another_accounts_webhooks_are_not_found() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    let mallory = driftwood.alice().await;
    let own = create(&driftwood, &mallory.access_token, json!({"name": "Own"})).await;
    let id = text(&webhook["id"]);
    // By the app of another account, by an app that there is not, and by her own app, which has none.
    let apps = [maker.app_id.as_str(), UNKNOWN, "x", text(&own["id"])];
    for (app, is_own) in apps.into_iter().map(|app| (app, app == text(&own["id"]))) {
        let (all, one) = (format!("{APPS}/{app}/webhooks"), format!("{APPS}/{app}/webhooks/{id}"));
        for (method, path, body) in [
            (Method::GET, one.clone(), Value::Null),
            (Method::PATCH, one.clone(), json!({"url": "https://mallory.example/"})),
            (Method::POST, format!("{one}/secret"), Value::Null),
            (Method::POST, format!("{one}/test"), Value::Null),
            (Method::POST, format!("{one}/resend"), json!({"since": "2000-01-01T00:00:00Z"})),
        ] {
            let reply = call(&driftwood, &mallory.access_token, method, &path, body).await;
            reply.refused_resource(404, "not_found");
        }
        if !is_own {
            get(&driftwood, &mallory.access_token, &all).await.refused_resource(404, "not_found");
            for (method, path) in [(Method::POST, &all), (Method::DELETE, &one)] {
                let body = json!({"url": URL, "types": ["*"]});
                call(&driftwood, &mallory.access_token, method, path, body).await.refused_resource(404, "not_found");
            }
        }
    }
    for path in [format!("{}/x", maker.all), format!("{}/{UNKNOWN}", maker.all)] {
        maker.send(Method::GET, &path, Value::Null).await.refused_resource(404, "not_found");
    }
    maker.send(Method::DELETE, &format!("{}/x", maker.all), Value::Null).await.refused_resource(404, "not_found");
    assert_eq!(maker.list().await, [without(&webhook, "secret")]);
}

#[tokio::test]
async fn the_scopes_of_a_token_decide_what_it_may_do() {
    let (_receiver, driftwood) = receiver().await;
    let callers = callers(&driftwood).await;
    let user = &callers.alice.access_token;
    let small = create(&driftwood, user, json!({"name": "S", "scopes": ["app_read"]})).await;
    let large = create(&driftwood, user, json!({"name": "L"})).await;
    let all = |app: &Value| format!("{APPS}/{}/webhooks", text(&app["id"]));
    let body = json!({"url": URL, "types": ["*"]});
    let webhook = call(&driftwood, user, Method::POST, &all(&small), body.clone()).await.json();
    let one = format!("{}/{}", all(&small), text(&webhook["id"]));
    let secret = format!("{one}/secret");
    let (test, resend) = (format!("{one}/test"), format!("{one}/resend"));
    for (caller, token) in callers.writers.iter().chain(&callers.readers) {
        assert_eq!(get(&driftwood, token, &all(&small)).await.status, 200, "{caller}");
        assert_eq!(get(&driftwood, token, &one).await.status, 200, "{caller}");
    }
    for (_, token) in &callers.others {
        get(&driftwood, token, &all(&small)).await.refused_resource(403, "insufficient_scope");
        get(&driftwood, token, &one).await.refused_resource(403, "insufficient_scope");
    }
    let elsewhere = |caller: &str| json!({"url": format!("https://receiver.example/{}", caller.len())});
    for (caller, token) in &callers.writers {
        // An address and a secret would outlive the user's consent to the app that asked for them.
        let is_refused = *caller == "a user's app";
        for (method, path, body, done) in [
            (Method::POST, all(&small), body.clone(), 201),
            (Method::PATCH, one.clone(), elsewhere(caller), 200),
            (Method::POST, secret.clone(), Value::Null, 200),
        ] {
            let reply = call(&driftwood, token, method.clone(), &path, body).await;
            assert_eq!(reply.status, if is_refused { 403 } else { done }, "{caller} {method} {path}: {}", reply.text);
        }
        for enabled in [false, true] {
            let reply = call(&driftwood, token, Method::PATCH, &one, json!({"enabled": enabled})).await;
            assert_eq!(reply.status, 200, "{caller}: {}", reply.text);
        }
        for (path, body) in [(&test, Value::Null), (&resend, json!({"since": "2000-01-01T00:00:00Z"}))] {
            assert_eq!(call(&driftwood, token, Method::POST, path, body).await.status, 202, "{caller} {path}");
        }
    }
    for (_, token) in callers.readers.iter().chain(&callers.others) {
        for (method, path) in [
            (Method::POST, all(&small)),
            (Method::PATCH, one.clone()),
            (Method::DELETE, one.clone()),
            (Method::POST, secret.clone()),
            (Method::POST, test.clone()),
            (Method::POST, resend.clone()),
        ] {
            let reply = call(&driftwood, token, method, &path, Value::Null).await;
            reply.refused_resource(403, "insufficient_scope");
            assert!(reply.header("www-authenticate").contains(" app_write\""));
        }
    }
    let webhook = call(&driftwood, user, Method::POST, &all(&large), body.clone()).await.json();
    let one = format!("{}/{}", all(&large), text(&webhook["id"]));
    for (_, token) in &callers.writers[2..] {
        for (method, path, body) in [
            (Method::POST, all(&large), body.clone()),
            (Method::PATCH, one.clone(), json!({"enabled": false})),
            (Method::DELETE, one.clone(), Value::Null),
            (Method::POST, format!("{one}/secret"), Value::Null),
            (Method::POST, format!("{one}/test"), Value::Null),
            (Method::POST, format!("{one}/resend"), json!({"since": "2000-01-01T00:00:00Z"})),
        ] {
            call(&driftwood, token, method, &path, body).await.refused_resource(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn an_address_and_a_secret_need_a_recent_sign_in() {
    let (_receiver, driftwood) = receiver().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    driftwood.advance(600);
    let before = maker.list().await;
    let body = json!({"url": URL, "types": ["*"]});
    maker.post(body).await.refused_resource(403, "recent_sign_in_required");
    maker.rotate(&webhook).await.refused_resource(403, "recent_sign_in_required");
    let elsewhere = json!({"url": "https://mallory.example/"});
    maker.patch(&webhook, elsewhere).await.refused_resource(403, "recent_sign_in_required");
    assert_eq!(maker.list().await, before, "nothing changed");
    let same = json!({"url": URL, "types": ["*"], "enabled": false});
    maker.patched(&webhook, same).await;
    maker.patched(&webhook, json!({"enabled": true})).await;
    assert_eq!(maker.test(&webhook).await.status, 202);
    assert_eq!(maker.delete(&webhook).await, 204);
}

#[tokio::test]
async fn a_revoked_apps_webhooks_are_shown_and_deleted_and_not_changed() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    maker.send(Method::DELETE, &format!("{APPS}/{}", maker.app_id), Value::Null).await;
    assert_eq!(maker.list().await, [without(&webhook, "secret")]);
    maker.post(json!({"url": URL, "types": ["*"]})).await.refused_resource(409, "app_revoked");
    maker.patch(&webhook, json!({"enabled": false})).await.refused_resource(409, "app_revoked");
    maker.rotate(&webhook).await.refused_resource(409, "app_revoked");
    maker.test(&webhook).await.refused_resource(409, "app_revoked");
    let resend = format!("{}/resend", maker.path(&webhook));
    maker
        .send(Method::POST, &resend, json!({"since": "2000-01-01T00:00:00Z"}))
        .await
        .refused_resource(409, "app_revoked");
    assert_eq!(maker.delete(&webhook).await, 204);
    assert_eq!(maker.list().await, [Value::Null; 0]);
}

#[tokio::test]
async fn each_change_is_recorded_once_and_what_changes_nothing_is_not() {
    let (_receiver, driftwood) = receiver().await;
    let maker = maker(&driftwood).await;
    let webhook = maker.create().await;
    for body in [json!({"enabled": false}), json!({"enabled": false}), json!({"url": URL}), json!({})] {
        driftwood.advance(1);
        maker.patched(&webhook, body).await;
    }
    driftwood.advance(1);
    maker.patched(&webhook, json!({"enabled": true})).await;
    driftwood.advance(1);
    maker.test(&webhook).await;
    maker.rotate(&webhook).await;
    for _ in 0..2 {
        driftwood.advance(1);
        maker.delete(&webhook).await;
    }
    let trail = maker.trail().await;
    let actions: Vec<&str> = trail.iter().map(|event| text(&event["action"])).collect();
    let expected =
        ["webhook.created", "webhook.updated", "webhook.updated", "webhook.secret_rotated", "webhook.deleted"];
    assert_eq!(actions, expected);
    for event in &trail {
        assert_eq!((&event["subject"], &event["client_id"]), (&json!(maker.app_id), &Value::Null));
        assert_eq!((text(&event["user_id"]), &event["outcome"]), (maker.alice.user_id.as_str(), &json!("succeeded")));
    }
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn of_changes_at_once_none_is_lost() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let created = join_all((0..4).map(|_| maker.create())).await;
    let ids = |webhooks: &[Value]| -> BTreeSet<String> {
        webhooks.iter().map(|webhook| text(&webhook["id"]).to_owned()).collect()
    };
    assert_eq!(ids(&maker.list().await), ids(&created));
    let changes = created.iter().enumerate().map(|(number, webhook)| {
        let maker = &maker;
        async move { maker.patched(webhook, json!({"types": [format!("order.n{number}")]})).await }
    });
    let changed = join_all(changes).await;
    assert_eq!(ids(&changed), ids(&created));
    let listed = maker.list().await;
    for webhook in &changed {
        assert!(listed.contains(webhook), "{webhook}");
    }
    join_all(created.iter().map(|webhook| maker.delete(webhook))).await;
    assert_eq!(maker.list().await, [Value::Null; 0]);
    let trail = maker.trail().await;
    for action in ["webhook.created", "webhook.updated", "webhook.deleted"] {
        assert_eq!(trail.iter().filter(|event| event["action"] == action).count(), 4, "{action}");
    }
}

#[tokio::test]
async fn a_change_that_always_comes_second_is_a_conflict_and_the_quota_is_of_all() {
    let driftwood = TestServer::start().await;
    let maker = maker(&driftwood).await;
    let replies = join_all((0..24).map(|_| maker.post(json!({"url": URL, "types": ["*"]})))).await;
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        assert!([403, 409].contains(&reply.status), "{}", reply.text);
    }
    assert_eq!(maker.list().await.len(), created);
    assert!((1..=10).contains(&created), "{created}");
}

#[tokio::test]
async fn faults_are_retried_or_reported_and_a_change_is_made_once() {
    let (receiver, driftwood) = receiver().await;
    let maker = maker(&driftwood).await;
    let passing =
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
    for trouble in passing {
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let webhook = maker.create().await;
        assert_eq!(maker.list().await, [without(&webhook, "secret")], "{trouble:?}");
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        maker.patched(&webhook, json!({"types": ["*"]})).await;
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let secret = text(&maker.rotate(&webhook).await.json()["secret"]).to_owned();
        driftwood.inject_fault("PutItem", trouble, 1);
        receiver.forget();
        assert_eq!(maker.test(&webhook).await.status, 202, "{trouble:?}");
        let requests = receiver.requests("/hook");
        assert!(requests.len() == 1 && is_signed_by(&requests[0], &secret), "{trouble:?}: {requests:?}");
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        assert_eq!(maker.delete(&webhook).await, 204);
        assert_eq!(driftwood.clear_faults(), 5, "{trouble:?}");
    }
    assert_eq!(maker.trail().await.len(), 4 * passing.len(), "each change once");

    let webhook = maker.create().await;
    let one = maker.path(&webhook);
    let before = maker.list().await;
    for (operation, method, path, body) in [
        ("BatchGetItem", Method::GET, maker.all.clone(), Value::Null),
        ("GetItem AppsTable", Method::GET, maker.all.clone(), Value::Null),
        ("GetItem WebhooksTable", Method::GET, maker.all.clone(), Value::Null),
        ("Query", Method::GET, one.clone(), Value::Null),
        ("TransactWriteItems", Method::POST, maker.all.clone(), json!({"url": URL, "types": ["*"]})),
        ("GetItem WebhooksTable", Method::PATCH, one.clone(), json!({"types": ["*"]})),
        ("TransactWriteItems", Method::PATCH, one.clone(), json!({"types": ["*"]})),
        ("TransactWriteItems", Method::POST, format!("{one}/secret"), Value::Null),
        ("PutItem WebhooksTable", Method::POST, format!("{one}/test"), Value::Null),
        ("TransactWriteItems", Method::DELETE, one.clone(), Value::Null),
    ] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        let reply = maker.send(method.clone(), &path, body).await;
        reply.refused_resource(503, "unavailable");
        assert_eq!(reply.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0, "{operation} {method} {path}");
        assert_eq!(maker.list().await, before, "nothing is half done: {operation} {method} {path}");
    }
}
