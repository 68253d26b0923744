//! Events that the server records itself, of what happens in an account.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::lambda::{BatchResponse, Event};

use super::publish::{image_of, streamed};
use crate::account::press;
use crate::harness::{Alice, Client, Forged, OPERATED, PASSWORD, TestServer, Trouble};
use crate::recovery::{CONFIRM, NEW, change_password, confirm, last_token, reset, reset_token};
use crate::upstream::come_with;

/// More often than any request is retried.
const EVERY_TIME: usize = 50;

const SCOPES: [&str; 7] =
    ["openid", "profile", "email", "event_read", "contact_read", "contact_write", "offline_access"];

/// The types of a user's events, and what they are about.
async fn kinds(driftwood: &TestServer, alice: &Alice) -> Vec<String> {
    driftwood.all_events(alice).await.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

/// An app that may ask for all scopes of this file.
async fn app(driftwood: &TestServer, name: &str) -> Client {
    driftwood
        .client(json!({
            "name": name, "redirect_uris": ["https://watch.example/cb"],
            "token_endpoint_auth_method": "none", "scopes": SCOPES,
        }))
        .await
}

/// A user whom the app acts for, with the app's token.
async fn installs(driftwood: &TestServer, client: &Client, scope: &str) -> (String, Alice, Value) {
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let answer = visitor.approve(client, &[("scope", scope)]).await;
    let tokens = client.exchange(driftwood, answer.code()).await.json();
    let alice = Alice::from(&email, &driftwood.login(&email, PASSWORD).await.result());
    (email, alice, tokens)
}

async fn uninstalls(driftwood: &TestServer, email: &str, app: &str) {
    let visitor = driftwood.visitor();
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, email, PASSWORD).await;
    crate::account::disconnect(&visitor, app).await;
}

#[tokio::test]
async fn what_happens_in_an_account_is_in_its_events() {
    let driftwood = TestServer::start().await;
    let client = app(&driftwood, "Watch").await;
    let (email, alice, _) = installs(&driftwood, &client, "openid").await;
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    let contact = post("contacts-create", json!({"email": "ada@example.com"})).await.result()["contact"].clone();
    post("contacts-update", json!({"id": contact["id"], "name": "Ada", "email": "countess@example.com"}))
        .await
        .result();
    post("contacts-update", json!({"id": contact["id"], "name": "Ada"})).await.result();
    post("contacts-delete", json!({"id": contact["id"]})).await.result();
    post("users-update", json!({"name": "Alice B."})).await.result();
    uninstalls(&driftwood, &email, "Watch").await;
    post("auth-logout", json!({"everywhere": true})).await.result();

    let alice = Alice::from(&email, &driftwood.login(&email, PASSWORD).await.result());
    let events = driftwood.all_events(&alice).await;
    let told: Vec<(&str, &Value)> =
        events.iter().map(|event| (event["type"].as_str().unwrap(), &event["data"])).collect();
    let (id, scopes) = (&contact["id"], json!({"scopes": ["openid"]}));
    assert_eq!(
        told,
        [
            ("user.created", &json!({})),
            ("app.installed", &scopes),
            ("contact.created", &json!({"contact_id": id})),
            ("contact.updated", &json!({"contact_id": id, "changed": ["email", "name"]})),
            ("contact.deleted", &json!({"contact_id": id})),
            ("user.updated", &json!({})),
            ("app.uninstalled", &scopes),
            ("session.revoked", &json!({"reason": "signed_out_everywhere"})),
        ]
    );
    let numbers: Vec<u64> = super::sequences(&events);
    assert_eq!(numbers, (1..=8).collect::<Vec<u64>>());
    for event in &events {
        assert!(
            !event.to_string().contains("ada@") && !event.to_string().contains("Alice B."),
            "no personal data: {event}"
        );
        let is_of_an_app = event["type"].as_str().unwrap().starts_with("app.");
        assert_eq!(event["client_id"], if is_of_an_app { json!(client.app.client_id) } else { Value::Null });
    }
}

#[tokio::test]
async fn consent_that_is_given_again_installs_nothing_again() {
    let driftwood = TestServer::start().await;
    let client = app(&driftwood, "Watch").await;
    let (email, alice, _) = installs(&driftwood, &client, "openid").await;
    let visitor = driftwood.visitor();
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &email, PASSWORD).await;
    visitor.approve(&client, &[("scope", "openid profile")]).await;
    assert_eq!(kinds(&driftwood, &alice).await, ["user.created", "app.installed"]);
}

#[tokio::test]
async fn an_app_sees_what_its_scopes_let_it_read_and_no_other_app() {
    let driftwood = TestServer::start().await;
    let (small, large) = (app(&driftwood, "Small").await, app(&driftwood, "Large").await);
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let mut tokens = Vec::new();
    for (client, scope) in [(&small, "event_read"), (&large, "event_read contact_read profile")] {
        let answer = visitor.approve(client, &[("scope", scope)]).await;
        tokens
            .push(client.exchange(&driftwood, answer.code()).await.json()["access_token"].as_str().unwrap().to_owned());
    }
    let alice = Alice::from(&email, &driftwood.login(&email, PASSWORD).await.result());
    driftwood.post_as(&alice.access_token, "contacts-create", json!({"email": "ada@example.com"})).await.result();
    driftwood.post_as(&alice.access_token, "users-update", json!({"name": "Alice B."})).await.result();
    driftwood.event(&alice, super::order(1)).await;

    let own = ["user.created", "app.installed"];
    for (token, expected) in [
        (&tokens[0], [&own[..], &["order.placed"]].concat()),
        (&tokens[1], [&own[..], &["contact.created", "user.updated", "order.placed"]].concat()),
    ] {
        let seen = Alice { access_token: token.clone(), ..alice.clone() };
        assert_eq!(kinds(&driftwood, &seen).await, expected);
    }
    let all = ["user.created", "app.installed", "app.installed", "contact.created", "user.updated", "order.placed"];
    assert_eq!(kinds(&driftwood, &alice).await, all, "the user sees everything");
}

#[tokio::test]
async fn a_stolen_refresh_token_is_told_to_the_app_that_had_it() {
    let driftwood = TestServer::start().await;
    let (client, other) = (app(&driftwood, "Watch").await, app(&driftwood, "Other").await);
    let (email, _, tokens) = installs(&driftwood, &client, "event_read offline_access").await;
    let first = tokens["refresh_token"].as_str().unwrap();
    let second = client.refresh(&driftwood, first).await.json();
    client.refresh(&driftwood, second["refresh_token"].as_str().unwrap()).await.json();
    driftwood.advance(120);
    assert_eq!(client.refresh(&driftwood, first).await.status, 400);

    let visitor = driftwood.visitor();
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &email, PASSWORD).await;
    for (client, expected) in [(&client, Some("refresh_token_replayed")), (&other, None)] {
        let answer = visitor.approve(client, &[("scope", "event_read")]).await;
        let token =
            client.exchange(&driftwood, answer.code()).await.json()["access_token"].as_str().unwrap().to_owned();
        let page = driftwood.post_as(&token, "events-list", json!({"type": "session.revoked"})).await.result();
        let reasons: Vec<&str> =
            page["events"].as_array().unwrap().iter().filter_map(|event| event["data"]["reason"].as_str()).collect();
        assert_eq!(reasons, expected.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_code_that_is_used_twice_is_told_to_its_app() {
    let driftwood = TestServer::start().await;
    let client = app(&driftwood, "Watch").await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let code = visitor.approve(&client, &[("scope", "event_read")]).await.code().to_owned();
    client.exchange(&driftwood, &code).await.json();
    assert_eq!(client.exchange(&driftwood, &code).await.status, 400);
    let alice = Alice::from(&email, &driftwood.login(&email, PASSWORD).await.result());
    assert_eq!(reasons(&driftwood, &alice).await, ["code_replayed"]);
    assert_eq!(driftwood.all_events(&alice).await.last().unwrap()["client_id"], client.app.client_id);
}

/// Why sessions of the user ended.
async fn reasons(driftwood: &TestServer, alice: &Alice) -> Vec<String> {
    let events = driftwood.all_events(alice).await;
    let revoked = events.iter().filter(|event| event["type"] == "session.revoked");
    revoked.map(|event| event["data"]["reason"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn another_password_and_another_address_are_told() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.verified_alice().await;
    change_password(&driftwood, &alice, PASSWORD, NEW).await.result();
    let token = reset_token(&driftwood, &alice.email).await;
    reset(&driftwood, &token, PASSWORD).await.result();
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    let change = json!({"new_email": "alice@elsewhere.example", "password": PASSWORD});
    driftwood.post_as(&alice.access_token, "auth-change-email", change).await.result();
    let token = last_token(&driftwood, "alice@elsewhere.example", CONFIRM);
    confirm(&driftwood, &alice, &token).await.result();
    let alice = Alice::from(&alice.email, &driftwood.login("alice@elsewhere.example", PASSWORD).await.result());
    assert_eq!(reasons(&driftwood, &alice).await, ["password_changed", "password_reset"]);
    assert!(kinds(&driftwood, &alice).await.contains(&"user.email_changed".to_owned()));
}

#[tokio::test]
async fn a_provider_that_is_unlinked_ends_the_sessions() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let visitor = driftwood.visitor();
    let question = come_with(&forged, &visitor, &alice.email).await;
    let page = visitor.sign_in(&question, &alice.email, PASSWORD).await;
    press(&visitor, &page, "unlink", "Acme").await;
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    assert_eq!(reasons(driftwood, &alice).await, ["provider_unlinked"]);
}

#[tokio::test]
async fn what_an_operator_does_to_a_user_is_in_the_users_account_and_not_in_theirs() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.alice().await);
    for name in ["users-verify", "users-disable", "users-enable"] {
        driftwood.post_as(&operator.access_token, name, json!({"id": alice.user_id})).await.result();
    }
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    let expected = ["user.created", "user.email_verified", "user.disabled", "user.enabled"];
    assert_eq!(kinds(&driftwood, &alice).await, expected);
    assert!(driftwood.all_events(&alice).await.iter().all(|event| event["user_id"] == alice.user_id.as_str()));
    assert_eq!(kinds(&driftwood, &operator).await, ["user.created"]);

    let before = driftwood.items_of("Events", "event#").await.len();
    driftwood.import(&operator, &[crate::operators::import::user("grace")]).await.result();
    assert_eq!(driftwood.items_of("Events", "event#").await.len(), before + 1);
    assert_eq!(kinds(&driftwood, &operator).await, ["user.created"], "it is in the account of the imported user");
}

#[tokio::test]
async fn a_deletion_that_is_undone_is_told() {
    let driftwood = TestServer::start_with(&[("DeletionGraceSeconds", "604800")]).await;
    let alice = driftwood.verified_alice().await;
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    let restored = json!({"email": alice.email, "password": PASSWORD, "restore": true});
    let alice = Alice::from(&alice.email, &driftwood.post("auth-login", restored).await.result());
    assert_eq!(kinds(&driftwood, &alice).await, ["user.created", "user.deleted", "user.restored"]);
}

#[tokio::test]
async fn built_in_events_are_not_counted_by_the_quota() {
    let driftwood = TestServer::start_with(&[("EventQuota", "1")]).await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, super::order(1)).await;
    driftwood.post_as(&alice.access_token, "users-update", json!({"name": "Alice B."})).await.result();
    assert_eq!(driftwood.post_event_as(&alice.access_token, &[], super::order(2)).await.status, 429);
    assert_eq!(kinds(&driftwood, &alice).await, ["user.created", "order.placed", "user.updated"]);
}

#[tokio::test]
async fn a_failure_of_the_tables_delays_an_event_and_repeats_none() {
    let driftwood = TestServer::start().await;
    let mut alice = driftwood.alice().await;
    let mut expected = vec!["user.created"];
    for operation in ["GetItem", "BatchGetItem", "UpdateItem", "TransactWriteItems"] {
        alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
        let rename = |name: &'static str| driftwood.post_as(&alice.access_token, "users-update", json!({"name": name}));
        for trouble in Trouble::PASSING {
            if operation.contains("GetItem") && trouble == Trouble::Conflict {
                continue;
            }
            driftwood.inject_fault_in("events-record", operation, trouble, 1);
            rename("Alice B.").await.result();
            assert_eq!(driftwood.clear_faults(), 1, "{operation} {trouble:?}");
            expected.push("user.updated");
            driftwood.advance(60);
            assert_eq!(kinds(&driftwood, &alice).await, expected, "{operation} {trouble:?}");
        }
        driftwood.inject_fault_in("events-record", operation, Trouble::TimeoutBefore, EVERY_TIME);
        rename("Alice C.").await.result();
        assert!(driftwood.clear_faults() > 0);
        assert_eq!(kinds(&driftwood, &alice).await, expected, "{operation}");
        rename("Alice D.").await.result();
        expected.extend(["user.updated"; 2]);
        driftwood.advance(60);
        assert_eq!(kinds(&driftwood, &alice).await, expected, "{operation}");
    }
}

/// The stream gives the deletion of a contact twice.
pub async fn tells_a_deletion_twice(driftwood: &TestServer) {
    let app = &driftwood.server.apps["events-record"];
    let item = image_of(&driftwood.items_of("Contacts", "contact#").await.pop().expect("a contact"));
    let change = json!({"Keys": {"pk": item["pk"], "sk": item["sk"]}, "SequenceNumber": "7", "OldImage": item});
    let record = json!({"eventID": "one", "eventName": "REMOVE", "dynamodb": change});
    for _ in 0..2 {
        let event = Event { detail: json!({"Records": [record]}), ..streamed(&[]) };
        let response = events_record::handle(Arc::clone(app), event).await.expect("a response");
        assert_eq!(response, BatchResponse::default());
    }
}

#[tokio::test]
async fn a_record_that_the_stream_gives_twice_is_one_event() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.post_as(&alice.access_token, "contacts-create", json!({"email": "ada@example.com"})).await.result();
    tells_a_deletion_twice(&driftwood).await;
    assert_eq!(kinds(&driftwood, &alice).await, ["user.created", "contact.created", "contact.deleted"]);
}

#[tokio::test]
async fn a_change_of_another_version_waits_for_it_with_all_that_follow() {
    let driftwood = TestServer::start().await;
    let key = json!({"pk": {"S": "account#1"}, "sk": {"S": "contact#1"}});
    let record = |number: u32| json!({"eventID": "x", "dynamodb": {"Keys": key, "SequenceNumber": number.to_string(), "NewImage": key}});
    let event = Event { detail: json!({"Records": [record(1), record(2)]}), ..streamed(&[]) };
    let response =
        events_record::handle(Arc::clone(&driftwood.server.apps["events-record"]), event).await.expect("a response");
    assert_eq!(response, BatchResponse::again_from("1"));
}

#[tokio::test]
async fn a_deleted_account_gets_no_event_but_that() {
    let driftwood = TestServer::start_with(&[("DeletionGraceSeconds", "604800")]).await;
    let alice = driftwood.verified_alice().await;
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    post("contacts-create", json!({"email": "ada@example.com"})).await.result();
    post("users-delete", json!({"password": PASSWORD})).await.result();
    let kinds = || async {
        let items = driftwood.items_of("Events", "event#").await;
        items.iter().map(|item| item["kind"].as_s().unwrap().clone()).collect::<Vec<_>>()
    };
    assert_eq!(kinds().await, ["user.created", "contact.created", "user.deleted"]);
    driftwood.advance(40 * 86_400);
    driftwood.server.run("users-purge").await.expect("a run");
    assert_eq!(driftwood.items_of("Contacts", "").await.len(), 0);
    assert_eq!(driftwood.items_of("Events", "").await.len(), 0, "deleting its contacts is no event");
}
