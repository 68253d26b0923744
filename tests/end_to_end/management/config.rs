//! `GET,PATCH /api/v1/apps/{appId}/config`

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};

use super::{APPS, MERGE_PATCH, call, call_with, callers, create, get, text};
use crate::harness::{Alice, Reply, Signer, TestServer, Trouble};

/// A user with an app, and the app's configuration.
struct Configured<'d> {
    driftwood: &'d TestServer,
    alice: Alice,
    app: Value,
    path: String,
}

async fn configured(driftwood: &TestServer, settings: Value) -> Configured<'_> {
    let alice = driftwood.alice().await;
    let app = create(driftwood, &alice.access_token, settings).await;
    let path = format!("{APPS}/{}/config", text(&app["id"]));
    Configured { driftwood, alice, app, path }
}

impl Configured<'_> {
    async fn read(&self) -> Reply {
        let reply = get(self.driftwood, &self.alice.access_token, &self.path).await;
        assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
        reply
    }

    async fn patch(&self, body: Value) -> Reply {
        self.patch_if(&[], body).await
    }

    async fn patch_if(&self, conditions: &[(&str, &str)], body: Value) -> Reply {
        let headers = [&[MERGE_PATCH], conditions].concat();
        call_with(self.driftwood, &self.alice.access_token, Method::PATCH, &self.path, &headers, body).await
    }

    async fn patched(&self, body: Value) -> Value {
        let reply = self.patch(body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }
}

#[tokio::test]
async fn a_configuration_shows_every_setting() {
    let driftwood = TestServer::start().await;
    let web = configured(
        &driftwood,
        json!({"name": "Web", "redirect_uris": ["https://app.example/cb"], "scopes": ["openid"]}),
    )
    .await;
    let reply = web.read().await;
    assert_eq!(
        reply.json(),
        json!({
            "name": "Web",
            "redirect_uris": ["https://app.example/cb"],
            "post_logout_redirect_uris": [],
            "scopes": ["openid"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_basic",
            "id_token_signed_response_alg": "RS256",
            "jwks": null,
            "jwks_uri": null,
            "client_uri": null,
            "logo_uri": null,
            "policy_uri": null,
            "tos_uri": null,
            "event_subscriptions": [],
        })
    );
    assert_eq!(reply.header("etag"), "\"0\"");
    let same = web.patched(reply.json()).await;
    assert_eq!(same, reply.json(), "a configuration that was read can be sent back");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_null_deletes() {
    let driftwood = TestServer::start().await;
    let web = configured(
        &driftwood,
        json!({"name": "Web", "redirect_uris": ["https://app.example/cb"], "scopes": ["openid"]}),
    )
    .await;
    let before = web.read().await.json();
    let branding = json!({
        "client_uri": "https://app.example", "logo_uri": "https://app.example/logo.png",
        "policy_uri": "https://app.example/privacy", "tos_uri": "https://app.example/terms",
    });
    let mut expected = before.clone();
    for (name, value) in branding.as_object().unwrap() {
        expected[name] = value.clone();
        assert_eq!(web.patched(json!({name: value})).await, expected, "{name}");
    }
    for (name, value) in [
        ("name", json!("New")),
        ("scopes", json!(["openid", "contact_read"])),
        ("post_logout_redirect_uris", json!(["https://app.example/bye"])),
        ("redirect_uris", json!(["https://app.example/cb2", "http://127.0.0.1/cb"])),
        ("id_token_signed_response_alg", json!("ES256")),
        ("grant_types", json!(["authorization_code"])),
        ("event_subscriptions", json!(["contact.created", "user.created", "app.installed", "my_app.order.paid"])),
        ("jwks_uri", json!("https://app.example/keys")),
    ] {
        expected[name] = value.clone();
        assert_eq!(web.patched(json!({name: value, "unknown": {"a": 1}})).await, expected, "{name}");
    }
    assert_eq!(web.read().await.json(), expected);
    for name in ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"] {
        expected[name] = Value::Null;
        assert_eq!(web.patched(json!({name: null})).await, expected, "{name}");
    }
    for name in ["post_logout_redirect_uris", "event_subscriptions"] {
        expected[name] = json!([]);
        assert_eq!(web.patched(json!({name: null})).await, expected, "{name}");
    }
    let twice = json!({"event_subscriptions": ["a.b", "c.d", "a.b"]});
    assert_eq!(web.patched(twice).await["event_subscriptions"], json!(["a.b", "c.d"]));
    let listed = driftwood.post_as(&web.alice.access_token, "oauth-apps-list", json!({})).await.result();
    assert_eq!(listed["apps"][0]["name"], "New", "it is the app that the JSON API has");
}

#[tokio::test]
async fn new_keys_replace_the_old_ones_inline_or_remote() {
    let driftwood = TestServer::start().await;
    let key = Signer::es256("one").jwks();
    let settings = json!({"name": "Signer", "token_endpoint_auth_method": "private_key_jwt", "jwks": key});
    let signer = configured(&driftwood, settings).await;
    assert_eq!(signer.read().await.json()["jwks"], key);
    let moved = signer.patched(json!({"jwks_uri": "https://app.example/keys"})).await;
    assert_eq!((&moved["jwks"], &moved["jwks_uri"]), (&Value::Null, &json!("https://app.example/keys")));
    assert_eq!(signer.patched(json!({"jwks": null})).await, moved, "it has no inline keys");
    let back = signer.patched(json!({"jwks": key, "jwks_uri": null})).await;
    assert_eq!((&back["jwks"], &back["jwks_uri"]), (&key, &Value::Null));
    assert_eq!(signer.patch(json!({"jwks": null})).await.mistaken_parts(), ["jwks"], "it authenticates with them");
    let both = json!({"jwks": key, "jwks_uri": "https://app.example/keys"});
    assert_eq!(signer.patch(both).await.mistaken_parts(), ["jwks_uri"]);
    assert_eq!(signer.read().await.json(), back);
}

#[tokio::test]
async fn invalid_settings_are_refused_and_change_nothing() {
    let driftwood = TestServer::start().await;
    let web = configured(
        &driftwood,
        json!({"name": "Web", "redirect_uris": ["https://app.example/cb"], "scopes": ["openid"]}),
    )
    .await;
    let before = web.read().await;
    let most: Vec<String> = (0..51).map(|n| format!("event.n{n}")).collect();
    for (patch, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": null}), "name"),
        (json!({"name": ["a"]}), "name"),
        (json!({"scopes": null}), "scopes"),
        (json!({"scopes": ["everything"]}), "scopes"),
        (json!({"grant_types": null}), "grant_types"),
        (json!({"grant_types": []}), "grant_types"),
        (json!({"grant_types": ["refresh_token"]}), "grant_types"),
        (json!({"redirect_uris": []}), "grant_types"),
        (json!({"redirect_uris": null}), "grant_types"),
        (json!({"redirect_uris": ["http://app.example/cb"]}), "redirect_uris"),
        (json!({"redirect_uris": vec!["https://app.example/cb"; 11]}), "redirect_uris"),
        (json!({"post_logout_redirect_uris": "https://app.example"}), "post_logout_redirect_uris"),
        (json!({"token_endpoint_auth_method": "none"}), "token_endpoint_auth_method"),
        (json!({"token_endpoint_auth_method": null}), "token_endpoint_auth_method"),
        (json!({"id_token_signed_response_alg": "none"}), "id_token_signed_response_alg"),
        (json!({"id_token_signed_response_alg": null}), "id_token_signed_response_alg"),
        (json!({"jwks_uri": "http://app.example/keys"}), "jwks_uri"),
        (json!({"jwks": {"keys": []}}), "jwks"),
        (json!({"logo_uri": "http://app.example/logo.png"}), "logo_uri"),
        (json!({"logo_uri": "javascript:alert(1)"}), "logo_uri"),
        (json!({"client_uri": "data:text/html,x"}), "client_uri"),
        (json!({"policy_uri": format!("https://app.example/{}", "a".repeat(512))}), "policy_uri"),
        (json!({"tos_uri": 5}), "tos_uri"),
        (json!({"event_subscriptions": "contact.created"}), "event_subscriptions"),
        (json!({"event_subscriptions": ["contact..created"]}), "event_subscriptions"),
        (json!({"event_subscriptions": ["Contact.Created"]}), "event_subscriptions"),
        (json!({"event_subscriptions": [format!("a.{}", "b".repeat(63))]}), "event_subscriptions"),
        (json!({"event_subscriptions": most}), "event_subscriptions"),
    ] {
        let reply = web.patch(patch.clone()).await;
        assert!(reply.mistaken_parts().contains(&field.to_owned()), "{patch}: {}", reply.text);
    }
    let both = web.patched(json!({"redirect_uris": [], "grant_types": ["client_credentials"]})).await;
    assert_eq!(both["redirect_uris"], json!([]), "settings that depend on each other are changed together");
    assert_eq!(before.header("etag"), "\"0\"");
    assert_eq!(web.read().await.header("etag"), "\"1\"", "a refused patch does not change the version");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    let bearer = format!("Bearer {}", web.alice.access_token);
    let send = |media_type: &'static str, body: String| {
        let (driftwood, bearer, path) = (&driftwood, &bearer, &web.path);
        async move {
            let headers = [("authorization", bearer.as_str()), ("content-type", media_type)];
            driftwood.send(Method::PATCH, path, &headers, body).await
        }
    };
    for media_type in ["application/json", "application/merge-patch+json"] {
        for body in ["{", "[]", "null", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"\\ud800\"}"] {
            send(media_type, body.to_owned()).await.refused_resource(400, "invalid_json");
        }
        assert_eq!(send(media_type, json!({"name": media_type}).to_string()).await.json()["name"], media_type);
    }
    let large = format!("{{\"name\":\"{}\"}}", "a".repeat(64 * 1024));
    send("application/json", large).await.refused_resource(413, "payload_too_large");
    for media_type in ["text/plain", "application/json-patch+json", "application/json; charset=utf-16"] {
        let error = send(media_type, "{}".to_owned()).await.refused_resource(415, "unsupported_media_type");
        assert!(text(&error["message"]).contains("application/merge-patch+json"), "{error}");
    }
}

#[tokio::test]
async fn a_change_with_a_stale_etag_is_refused() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    let first = web.read().await.header("etag").to_owned();
    let changed = web.patch_if(&[("if-match", &first)], json!({"name": "One"})).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let second = changed.header("etag").to_owned();
    assert!(second != first && second.starts_with('"') && web.read().await.header("etag") == second);
    let weak = format!("W/{second}");
    for stale in [first.as_str(), "\"x\"", "x", "", &weak, &format!("{first}, \"7\"")] {
        let reply = web.patch_if(&[("if-match", stale)], json!({"name": "Stale"})).await;
        reply.refused_resource(412, "precondition_failed");
    }
    assert_eq!(web.read().await.json()["name"], "One");
    for accepted in [&["*"][..], &["TAG"], &["\"x\" , TAG"], &["\"x\"", "TAG"]] {
        let tag = web.read().await.header("etag").to_owned();
        let lines: Vec<_> = accepted.iter().map(|line| line.replace("TAG", &tag)).collect();
        let lines: Vec<_> = lines.iter().map(|line| ("if-match", line.as_str())).collect();
        let reply = web.patch_if(&lines, json!({"name": "Two"})).await;
        assert_eq!((reply.status, reply.header("etag") == tag), (200, false), "{accepted:?}");
    }
}

#[tokio::test]
async fn every_visible_change_by_either_api_changes_the_etag() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    let id = &web.app["id"];
    let mut tags = vec![web.read().await.header("etag").to_owned()];
    for (name, body) in [
        ("oauth-apps-update", json!({"id": id, "name": "One"})),
        ("oauth-apps-update", json!({"id": id, "scopes": ["contact_read"]})),
    ] {
        driftwood.post_as(&web.alice.access_token, name, body).await.result();
        tags.push(web.read().await.header("etag").to_owned());
    }
    let mut unlike = tags.clone();
    unlike.dedup();
    assert_eq!(unlike, tags);
    let stale = web.patch_if(&[("if-match", &tags[0])], json!({"name": "Lost"})).await;
    stale.refused_resource(412, "precondition_failed");
    driftwood.post_as(&web.alice.access_token, "oauth-apps-rotate-secret", json!({"id": id})).await.result();
    assert_eq!(web.read().await.header("etag"), tags[2], "a secret is not shown");
}

#[tokio::test]
async fn a_replaced_registration_changes_the_etag() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let bearer = format!("Bearer {}", alice.access_token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = json!({"client_name": "Self", "redirect_uris": ["https://self.example/cb"]});
    let registered = driftwood.send(Method::POST, "/oauth2/register", &headers, body.to_string()).await.json();
    let listed = get(&driftwood, &alice.access_token, APPS).await.json()["apps"][0].clone();
    let path = format!("{APPS}/{}/config", text(&listed["id"]));
    let before = get(&driftwood, &alice.access_token, &path).await;
    let own = text(&registered["registration_client_uri"]).strip_prefix(&driftwood.server.url).unwrap().to_owned();
    let bearer = format!("Bearer {}", text(&registered["registration_access_token"]));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = json!({"client_id": registered["client_id"], "client_name": "Renamed", "redirect_uris": ["https://self.example/cb"]});
    assert_eq!(driftwood.send(Method::PUT, &own, &headers, body.to_string()).await.status, 200);
    let after = get(&driftwood, &alice.access_token, &path).await;
    assert_eq!(after.json()["name"], "Renamed");
    assert_ne!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn a_caller_with_the_current_version_gets_a_304() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    let tag = web.read().await.header("etag").to_owned();
    let read = |condition: String| {
        let (driftwood, token, path) = (&driftwood, &web.alice.access_token, &web.path);
        async move { call_with(driftwood, token, Method::GET, path, &[("if-none-match", &condition)], Value::Null).await }
    };
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let reply = read(known).await;
        assert_eq!((reply.status, reply.text.as_str(), reply.header("etag")), (304, "", tag.as_str()));
    }
    web.patched(json!({"name": "New"})).await;
    assert_eq!(read(tag).await.json()["name"], "New");
}

#[tokio::test]
async fn of_32_changes_of_one_version_exactly_one_is_done() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    for round in 0..2 {
        let tag = web.read().await.header("etag").to_owned();
        let if_match = [("if-match", tag.as_str())];
        let changes = (0..32).map(|n| web.patch_if(&if_match, json!({"name": format!("Round {round}, change {n}")})));
        let replies = futures_util::future::join_all(changes).await;
        let done: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(done.len(), 1, "round {round}");
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            reply.refused_resource(412, "precondition_failed");
        }
        assert_eq!(web.read().await.json(), done[0].json());
        assert_eq!(web.read().await.header("etag"), done[0].header("etag"));
    }
}

#[tokio::test]
async fn changes_of_different_fields_at_once_do_not_undo_each_other() {
    let driftwood = TestServer::start().await;
    let settings = json!({"name": "Web", "redirect_uris": ["https://app.example/cb"], "scopes": ["openid"]});
    let web = configured(&driftwood, settings).await;
    let changes = [
        json!({"name": "New"}),
        json!({"logo_uri": "https://app.example/logo.png"}),
        json!({"event_subscriptions": ["contact.created"]}),
        json!({"post_logout_redirect_uris": ["https://app.example/bye"]}),
    ];
    let replies = futures_util::future::join_all(changes.iter().map(|change| web.patch(change.clone()))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    let config = web.read().await.json();
    for (name, value) in changes.iter().flat_map(|change| change.as_object().unwrap()) {
        assert_eq!(config[name], *value);
    }
    // Each change is valid alone; both together would leave an app without a usable grant.
    let halves = [
        json!({"redirect_uris": [], "grant_types": ["client_credentials"]}),
        json!({"grant_types": ["authorization_code", "refresh_token"]}),
    ];
    let replies = futures_util::future::join_all(halves.iter().map(|half| web.patch(half.clone()))).await;
    assert!(replies.iter().any(|reply| reply.status == 200));
    let config = web.read().await.json();
    let has_codes = config["grant_types"].as_array().unwrap().contains(&json!("authorization_code"));
    assert_eq!(has_codes, config["redirect_uris"] != json!([]), "{config}");
}

#[tokio::test]
async fn an_app_that_is_older_than_versions_has_the_first_one() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    let items = driftwood.items("Apps").await;
    let item = items.iter().find(|item| item["sk"] == AttributeValue::S("app".to_owned())).expect("the app");
    for name in ["version", "token_epoch", "event_subscriptions", "disabled_at"] {
        assert!(!item.contains_key(name), "{name}: a new app has no attribute that an old one lacks");
    }
    let changed = web.patch_if(&[("if-match", "\"0\"")], json!({"name": "New"})).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"1\""));
}

#[tokio::test]
async fn the_scopes_of_a_token_decide_what_it_may_see_and_change() {
    let driftwood = TestServer::start().await;
    let callers = callers(&driftwood).await;
    let settings = json!({"name": "X", "scopes": ["app_read"], "redirect_uris": ["https://app.example/cb"]});
    let app = create(&driftwood, &callers.alice.access_token, settings).await;
    let path = format!("{APPS}/{}/config", text(&app["id"]));
    let patch = |token: &str, body: Value| {
        let (driftwood, token, path) = (&driftwood, token.to_owned(), &path);
        async move { call(driftwood, &token, Method::PATCH, path, body).await }
    };
    for (caller, token) in callers.writers.iter().chain(&callers.readers) {
        assert_eq!(get(&driftwood, token, &path).await.status, 200, "{caller}");
    }
    for (caller, token) in &callers.writers {
        assert_eq!(patch(token, json!({"name": caller})).await.status, 200);
        let reply = patch(token, json!({"redirect_uris": [format!("https://{}.example/cb", caller.len())]})).await;
        let is_refused = *caller == "a user's app";
        assert_eq!(reply.status, if is_refused { 403 } else { 200 }, "{caller}: {}", reply.text);
    }
    for (_, token) in &callers.others {
        get(&driftwood, token, &path).await.refused_resource(403, "insufficient_scope");
    }
    for (_, token) in callers.readers.iter().chain(&callers.others) {
        let reply = patch(token, json!({"name": "No"})).await;
        reply.refused_resource(403, "insufficient_scope");
        assert!(reply.header("www-authenticate").contains(" app_write\""));
    }
    for (caller, token) in &callers.writers[2..] {
        for more in [json!({"scopes": []}), json!({"scopes": ["app_read", "contact_write"]})] {
            patch(token, more).await.refused_resource(403, "forbidden");
        }
        let is_delegate = *caller == "a user's app";
        let scopes = if is_delegate { json!(["app_read", "app_write"]) } else { json!(["app_write"]) };
        let reply = patch(token, json!({"scopes": scopes})).await;
        assert_eq!(reply.status, if is_delegate { 403 } else { 200 }, "{caller}: {}", reply.text);
    }
    patch(&callers.alice.access_token, json!({"scopes": ["app_read", "contact_write"]})).await;
    for (_, token) in &callers.writers[2..] {
        for takeover in [
            json!({"redirect_uris": ["https://mine.example/cb"]}),
            json!({"grant_types": ["client_credentials"]}),
            json!({"jwks_uri": "https://mine.example/keys"}),
            json!({"name": "Mine"}),
        ] {
            patch(token, takeover).await.refused_resource(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn another_accounts_configuration_is_not_found() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    let mallory = driftwood.alice().await;
    for path in [web.path.as_str(), "/api/v1/apps/x/config", "/api/v1/apps/0199a1b2-0000-7000-8000-000000000001/config"]
    {
        get(&driftwood, &mallory.access_token, path).await.refused_resource(404, "not_found");
        let reply = call(&driftwood, &mallory.access_token, Method::PATCH, path, json!({"name": "Mine"})).await;
        reply.refused_resource(404, "not_found");
    }
    assert_eq!(web.read().await.json()["name"], "Web");
}

#[tokio::test]
async fn a_revoked_apps_configuration_is_shown_and_not_changed() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    driftwood.post_as(&web.alice.access_token, "oauth-apps-revoke", json!({"id": web.app["id"]})).await.result();
    assert_eq!(web.read().await.json()["name"], "Web");
    web.patch(json!({"name": "Back"})).await.refused_resource(409, "app_revoked");
    web.patch_if(&[("if-match", "\"7\"")], json!({"name": "Back"})).await.refused_resource(409, "app_revoked");
}

#[tokio::test]
async fn faults_are_retried_or_reported_and_a_change_is_made_once() {
    let driftwood = TestServer::start().await;
    let web = configured(&driftwood, json!({"name": "Web"})).await;
    let passing =
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
    for (n, trouble) in passing.into_iter().enumerate() {
        let tag = web.read().await.header("etag").to_owned();
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let name = format!("Change {n}");
        let reply = web.patch_if(&[("if-match", &tag)], json!({"name": name})).await;
        assert_eq!((reply.status, driftwood.clear_faults()), (200, 1), "{trouble:?}: {}", reply.text);
        assert_eq!(reply.header("etag"), format!("\"{}\"", n + 1), "{trouble:?}");
        assert_eq!(web.read().await.json()["name"], name.as_str());
    }
    let before = web.read().await;
    for operation in ["BatchGetItem", "GetItem", "TransactWriteItems"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        web.patch(json!({"name": "Lost"})).await.refused_resource(503, "unavailable");
        assert!(driftwood.clear_faults() > 0);
    }
    let after = web.read().await;
    assert_eq!((after.json(), after.header("etag")), (before.json(), before.header("etag")));
    let trail = driftwood.trail(&web.alice.access_token, json!({})).await;
    assert_eq!(trail.iter().filter(|event| event["action"] == "app.updated").count(), passing.len());
}
