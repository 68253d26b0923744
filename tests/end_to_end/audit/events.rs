//! What is recorded: the actor, the action, the source address and the outcome.

use reqwest::Method;
use serde_json::{Value, json};

use crate::account::{disconnect, press};
use crate::harness::{Alice, OPERATED, PASSWORD, Program, TestServer, Trouble, VERIFIER, audit_line};
use crate::registration::{Registered, manage, public_client};

const SIGN_IN: &str = "/oauth2/authorize/sign-in";

/// The audit trail of the user with this e-mail address, without the sign-in that reads it.
async fn audit_of(driftwood: &TestServer, email: &str) -> (Vec<Value>, Vec<String>) {
    driftwood.advance(1);
    let token = Alice::from(email, &driftwood.login(email, PASSWORD).await.result()).access_token;
    let events = driftwood.trail(&token, json!({})).await.split_off(1);
    let lines = events.iter().map(audit_line).collect();
    (events, lines)
}

/// The events without an account, newest first, without the rotation of keys at the start.
async fn audit_without_account(driftwood: &TestServer, operator: &Alice) -> (Vec<Value>, Vec<String>) {
    let mut events = driftwood.trail(&operator.access_token, json!({"without_account": true})).await;
    events.retain(|event| event["action"] != "keys.rotated");
    let lines = events.iter().map(audit_line).collect();
    (events, lines)
}

#[tokio::test]
async fn actions_of_a_user_are_in_their_trail_newest_first() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let other = driftwood.alice().await;
    let post = |name: &'static str, body: Value| {
        driftwood.advance(1);
        driftwood.post_as(&alice.access_token, name, body)
    };
    let id = post("oauth-apps-create", json!({"name": "Job"})).await.result()["app"]["id"].clone();
    post("oauth-apps-update", json!({"id": id, "name": "New"})).await.result();
    post("oauth-apps-rotate-secret", json!({"id": id})).await.result();
    post("oauth-apps-revoke", json!({"id": id})).await.result();
    // A request without effect, or one that is no security event, is not recorded.
    post("oauth-apps-update", json!({"id": id, "name": "Newer"})).await.refused(409, "app_revoked");
    post("oauth-apps-revoke", json!({"id": "01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b"})).await.refused(404, "not_found");
    post("oauth-apps-list", json!({})).await.result();
    driftwood.refresh(&alice.refresh_token).await.result();
    driftwood.advance(1);
    let phone = Alice::from("", &driftwood.login(&alice.email, PASSWORD).await.result());
    driftwood.advance(1);
    driftwood.post_as(&phone.access_token, "auth-logout", json!({})).await.result();
    driftwood.advance(1);
    driftwood.login(&alice.email, "wrong password of mine").await.refused(401, "invalid_credentials");
    post("auth-logout", json!({"everywhere": true})).await.result();
    let (events, lines) = audit_of(&driftwood, &alice.email).await;
    assert_eq!(
        lines,
        [
            "user.signed_out_everywhere succeeded",
            "user.signed_in refused",
            "user.signed_out succeeded",
            "user.signed_in succeeded",
            "app.revoked succeeded",
            "app.secret_rotated succeeded",
            "app.updated succeeded",
            "app.created succeeded",
            "user.registered succeeded",
        ]
    );
    assert!(events.iter().all(|event| event["user_id"] == alice.user_id.as_str()), "{events:?}");
    let sid = phone.claims()["sid"].clone();
    let subjects: Vec<&Value> = events.iter().map(|event| &event["subject"]).collect();
    let none = Value::Null;
    assert_eq!(subjects, [&none, &none, &sid, &sid, &id, &id, &id, &id, &none]);
    assert!(events.windows(2).all(|pair| pair[0]["at"].as_str() > pair[1]["at"].as_str()), "{events:?}");
    assert_eq!(
        audit_of(&driftwood, &other.email).await.1,
        ["user.registered succeeded"],
        "another account has a trail of its own"
    );
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn an_event_has_the_address_and_the_request_id() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.advance(1);
    let long = "Agent/".to_owned() + &"x".repeat(400);
    let headers =
        [("content-type", "application/json"), ("user-agent", long.as_str()), ("x-forwarded-for", "203.0.113.99")];
    let body = json!({"email": alice.email, "password": "wrong password of mine"}).to_string();
    let reply = driftwood.send(Method::POST, "/api/auth-login", &headers, body).await;
    reply.refused(401, "invalid_credentials");
    let event = driftwood.trail(&alice.access_token, json!({})).await.remove(0);
    assert_eq!((audit_line(&event).as_str(), event["address"].as_str()), ("user.signed_in refused", Some("127.0.0.1")));
    assert_eq!(event["user_agent"], long[..200]);
    assert_eq!(event["request_id"], reply.header("x-request-id"));
    assert_eq!(event["at"], driftwood.clock.now().to_rfc3339());
    let names: Vec<&String> = event.as_object().unwrap().keys().collect();
    let expected =
        ["action", "address", "at", "client_id", "id", "outcome", "request_id", "subject", "user_agent", "user_id"];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn sign_ins_to_unknown_addresses_and_registrations_of_taken_ones_have_no_account() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    driftwood.login("nobody@example.com", PASSWORD).await.refused(401, "invalid_credentials");
    driftwood.advance(1);
    let taken = json!({"email": operator.email, "password": PASSWORD, "name": "Alice"});
    driftwood.post("auth-register", taken).await.refused(409, "email_taken");
    let (events, lines) = audit_without_account(&driftwood, &operator).await;
    assert_eq!(lines, ["user.registered refused", "user.signed_in refused"]);
    assert!(events[..2].iter().all(|event| event["user_id"].is_null() && event["subject"].is_null()), "{events:?}");
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_flood_of_sign_ins_does_not_flood_the_trail() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "3"), ("LoginWindowSeconds", "60"), OPERATED]).await;
    let (alice, operator) = (driftwood.alice().await, driftwood.operator().await);
    for window in 1..=2 {
        for email in [alice.email.as_str(), "nobody@example.com"] {
            for _ in 0..10 {
                driftwood.login(email, "wrong password of mine").await;
            }
        }
        let mine = driftwood.audit_lines(&alice.access_token).await;
        let without_account = audit_without_account(&driftwood, &operator).await.1;
        let count = |lines: &[String], line: &str| lines.iter().filter(|other| *other == line).count();
        for lines in [mine, without_account] {
            assert_eq!(count(&lines, "user.signed_in refused"), window * 3, "those that were checked");
            assert_eq!(count(&lines, "limit.exceeded refused"), window, "the first that was not");
        }
        driftwood.advance(60);
    }
}

#[tokio::test]
async fn actions_of_users_on_pages_are_in_their_trail() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let client_id = client.app.client_id.as_str();
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    driftwood.advance(1);
    let answer = visitor.approve(&client, &[("scope", "openid")]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    driftwood.advance(1);
    // A remembered consent is no new event.
    visitor.approve(&client, &[("scope", "openid")]).await.code();
    let page = visitor.authorize(&client, &[("prompt", "consent")]).await;
    client.answer(&visitor.submit(&page, &[("decision", "deny")]).await).refused("access_denied");
    driftwood.advance(1);
    disconnect(&visitor, "Photo Album").await;
    assert!(!driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    driftwood.advance(1);
    let elsewhere = driftwood.visitor();
    let page = elsewhere.sign_in(&elsewhere.get(SIGN_IN).await, &email, "wrong password of mine").await;
    driftwood.advance(1);
    elsewhere.sign_in(&page, &email, PASSWORD).await;
    driftwood.advance(1);
    let page = visitor.get("/account").await;
    press(&visitor, &page, "end-session", "End: ").await;
    driftwood.advance(1);
    let page = visitor.get("/account").await;
    press(&visitor, &page, "sign-out", "sign-out").await;
    driftwood.advance(1);
    visitor.sign_in(&visitor.get(SIGN_IN).await, &email, PASSWORD).await;
    driftwood.advance(1);
    let page = visitor.get("/oauth2/logout").await;
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "You are signed out");
    driftwood.advance(1);
    visitor.sign_in(&visitor.get(SIGN_IN).await, &email, PASSWORD).await;
    driftwood.advance(1);
    let page = visitor.get("/account").await;
    press(&visitor, &page, "sign-out-everywhere", "sign-out-everywhere").await;
    driftwood.advance(1);
    let (events, lines) = audit_of(&driftwood, &email).await;
    assert_eq!(
        lines,
        [
            "user.signed_out_everywhere succeeded",
            "user.signed_in succeeded",
            "user.signed_out succeeded",
            "user.signed_in succeeded",
            "user.signed_out succeeded",
            "session.ended succeeded",
            "user.signed_in succeeded",
            "user.signed_in refused",
            "consent.withdrawn succeeded",
            "consent.refused succeeded",
            "consent.given succeeded",
            "user.registered succeeded",
        ]
    );
    let user_id = &events[0]["user_id"];
    assert!(user_id.is_string() && events.iter().all(|event| event["user_id"] == *user_id), "{events:?}");
    let (withdrawn, refused, given) = (&events[8], &events[9], &events[10]);
    assert!([withdrawn, refused, given].iter().all(|event| event["client_id"] == client_id), "{events:?}");
    assert!(given["subject"].is_string() && withdrawn["subject"] == given["subject"], "one consent: {events:?}");
    assert_eq!(events[5]["subject"], events[6]["subject"], "the session that was created is the one that was revoked");
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_sign_out_by_another_users_sign_in_is_in_the_trail() {
    let driftwood = TestServer::start().await;
    let other = driftwood.alice().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    driftwood.advance(1);
    let page = visitor.authorize(&client, &[("prompt", "login")]).await;
    visitor.sign_in(&page, &other.email, PASSWORD).await;
    assert_eq!(audit_of(&driftwood, &email).await.1, ["session.ended succeeded", "user.registered succeeded"]);
}

#[tokio::test]
async fn a_decision_about_a_device_is_recorded() {
    let driftwood = TestServer::start().await;
    let television = driftwood.television().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    driftwood.advance(1);
    visitor.connect(&television.ask(&driftwood).await).await;
    driftwood.advance(1);
    let page = visitor.type_code(&television.ask(&driftwood).await.user_code).await;
    visitor.submit(&page, &[("decision", "deny")]).await;
    let (events, lines) = audit_of(&driftwood, &email).await;
    assert_eq!(lines, ["device.denied succeeded", "device.allowed succeeded", "user.registered succeeded"]);
    assert!(events[..2].iter().all(|event| event["client_id"] == television.app.client_id.as_str()), "{events:?}");
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_replayed_code_or_token_is_in_the_trail_of_its_user() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    driftwood.advance(1);
    let tokens = client.exchange(&driftwood, &code).await.json();
    driftwood.advance(1);
    // A wrong verifier proves nothing, and is no event.
    client.exchange_with(&driftwood, &code, &[("code_verifier", &VERIFIER.to_uppercase())]).await;
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    let tokens_of_code = tokens;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    let tokens = client.exchange(&driftwood, &code).await.json();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(client.refresh(&driftwood, refresh_token).await.status, 200);
    driftwood.advance(61);
    for _ in 0..3 {
        client.refresh(&driftwood, refresh_token).await.refused_oauth(400, "invalid_grant");
    }
    let (events, lines) = audit_of(&driftwood, &email).await;
    assert_eq!(lines[..2], ["refresh_token.replayed refused", "code.replayed refused"], "each once: {lines:?}");
    assert_eq!(lines.len(), 4, "{lines:?}");
    let sid = |tokens: &Value| crate::harness::claims(tokens["access_token"].as_str().unwrap())["sid"].clone();
    assert_eq!((&events[0]["subject"], &events[1]["subject"]), (&sid(&tokens), &sid(&tokens_of_code)));
    assert!(events[..2].iter().all(|event| event["client_id"] == client.app.client_id.as_str()), "{events:?}");

    let alice = driftwood.alice().await;
    driftwood.refresh(&alice.refresh_token).await.result();
    driftwood.advance(61);
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    let (events, lines) = audit_of(&driftwood, &alice.email).await;
    assert_eq!(lines, ["refresh_token.replayed refused", "user.registered succeeded"]);
    assert!(events[0]["client_id"].is_null());
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_token_that_a_client_revokes_is_in_the_trail_of_its_user() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let tokens = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    for kind in ["access_token", "refresh_token"] {
        driftwood.advance(1);
        client.revoke(&driftwood, tokens[kind].as_str().unwrap()).await;
        client.revoke(&driftwood, "unknown").await;
    }
    let claims = crate::harness::claims(tokens["access_token"].as_str().unwrap());
    let (events, lines) = audit_of(&driftwood, &email).await;
    assert_eq!(lines[..2], ["token.revoked succeeded", "token.revoked succeeded"]);
    assert_eq!((&events[0]["subject"], &events[1]["subject"]), (&claims["sid"], &claims["jti"]));
    assert!(events[..2].iter().all(|event| event["client_id"] == client.app.client_id.as_str()), "{events:?}");
    assert_eq!(lines.len(), 4, "{lines:?}");
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_wrong_secret_is_in_the_trail_of_the_apps_account_and_a_flood_only_once() {
    let driftwood = TestServer::start_with(&[("ClientLimit", "3"), ("ClientWindowSeconds", "60"), OPERATED]).await;
    let (alice, operator) = (driftwood.alice().await, driftwood.operator().await);
    driftwood.advance(1);
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    driftwood.advance(1);
    let unknown = format!("dw_ci_{}", "0".repeat(32));
    for client_id in [&program.client_id, &unknown] {
        let wrong = Program { client_id: client_id.clone(), client_secret: "wrong".to_owned(), ..program.clone() };
        for attempt in 0..8 {
            let status = driftwood
                .token_form(&[("authorization", &wrong.basic())], "grant_type=client_credentials")
                .await
                .status;
            assert_eq!(status, if attempt < 3 { 401 } else { 429 });
        }
    }
    driftwood.program_token(&program).await.result();
    let (events, lines) = audit_of(&driftwood, &alice.email).await;
    let flood = ["client.authentication refused"; 3].into_iter().chain(["limit.exceeded refused"]);
    let sorted = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.sort();
        lines
    };
    assert!(flood.clone().eq(sorted(&lines[..4])), "{lines:?}");
    assert_eq!(lines[4..], ["app.created succeeded", "user.registered succeeded"], "issuing a token is no event");
    assert!(events[..4].iter().all(|event| event["client_id"] == program.client_id.as_str()), "{events:?}");
    assert!(events[..4].iter().all(|event| event["user_id"].is_null()), "{events:?}");
    let (events, lines) = audit_without_account(&driftwood, &operator).await;
    assert!(flood.eq(sorted(&lines)), "{lines:?}");
    assert_eq!(events[0]["client_id"], unknown);
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn dynamically_registered_clients_are_unowned_and_those_of_users_belong_to_their_account() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (alice, operator) = (driftwood.alice().await, driftwood.operator().await);
    let registered = public_client(&driftwood).await;
    driftwood.advance(1);
    let mut changed = json!({"redirect_uris": ["https://notes.example/cb"]});
    changed["client_id"] = registered.answer["client_id"].clone();
    assert_eq!(registered.manage(&driftwood, Method::PUT, &changed).await.status, 200);
    driftwood.advance(1);
    assert_eq!(registered.manage(&driftwood, Method::DELETE, &Value::Null).await.status, 204);
    driftwood.advance(1);
    let (one, two) = (public_client(&driftwood).await, public_client(&driftwood).await);
    driftwood.advance(1);
    for _ in 0..3 {
        // Once it is revoked, it is unknown, like any invented token.
        let refused = manage(&driftwood, one.token(), Method::GET, &two.path(), &Value::Null).await;
        refused.refused_oauth(401, "invalid_token");
    }
    let (events, lines) = audit_without_account(&driftwood, &operator).await;
    assert_eq!(
        lines,
        [
            "registration_token.misused refused",
            "client.registered succeeded",
            "client.registered succeeded",
            "client.deleted succeeded",
            "client.updated succeeded",
            "client.registered succeeded",
        ]
    );
    assert_eq!(events[0]["client_id"], one.answer["client_id"], "the client of the token");
    assert_eq!(events[3]["client_id"], registered.answer["client_id"]);

    driftwood.advance(1);
    let body = json!({"client_name": "Mine", "redirect_uris": ["https://mine.example/cb"]});
    let reply = manage(&driftwood, &alice.access_token, Method::POST, crate::registration::REGISTER, &body).await;
    let mine = Registered::from(&driftwood, &reply);
    driftwood.advance(1);
    assert_eq!(mine.manage(&driftwood, Method::DELETE, &Value::Null).await.status, 204);
    let (events, lines) = audit_of(&driftwood, &alice.email).await;
    assert_eq!(lines, ["client.deleted succeeded", "client.registered succeeded", "user.registered succeeded"]);
    assert_eq!(events[1]["user_id"], alice.user_id.as_str());
    assert_eq!(events[0]["client_id"], mine.answer["client_id"]);
    assert!(events[0]["user_id"].is_null(), "the client deleted itself, with its own token");
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_rotation_of_keys_is_recorded() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let events = driftwood.trail(&operator.access_token, json!({"without_account": true})).await;
    let rotations: Vec<_> = events.iter().filter(|event| event["action"] == "keys.rotated").collect();
    assert!(!rotations.is_empty(), "the first keys were created: {events:?}");
    assert!(rotations.iter().all(|event| event["outcome"] == "succeeded" && event["subject"].is_string()));
}

#[tokio::test]
async fn no_request_succeeds_whose_event_could_not_be_recorded() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let table = "PutItem AuditTable";
    let trouble = |operation: &str| driftwood.inject_fault(operation, Trouble::Throttled, 50);

    trouble(table);
    driftwood.login(&alice.email, PASSWORD).await.refused(503, "unavailable");
    driftwood.login(&alice.email, "wrong password of mine").await.refused(503, "unavailable");
    let wrong = Program { client_secret: "wrong".to_owned(), ..program.clone() };
    driftwood.program_token(&wrong).await.refused(503, "temporarily_unavailable");
    assert!(driftwood.clear_faults() > 0);
    driftwood.login(&alice.email, PASSWORD).await.result();
    driftwood.program_token(&wrong).await.refused(401, "invalid_client");

    // A sign-out that is not recorded has no effect.
    trouble("TransactWriteItems");
    driftwood.post_as(&alice.access_token, "auth-logout", json!({})).await.refused(503, "unavailable");
    driftwood.clear_faults();
    assert!(driftwood.is_alive(&alice.access_token).await);
    driftwood.post_as(&alice.access_token, "auth-logout", json!({})).await.result();
    assert!(!driftwood.is_alive(&alice.access_token).await);

    // A revocation whose event failed is repeated; then the app is revoked and the event is recorded.
    let bob = driftwood.alice().await;
    let program = driftwood.program(&bob, json!({"name": "Job"})).await;
    trouble(table);
    let revoke = || driftwood.post_as(&bob.access_token, "oauth-apps-revoke", json!({"id": program.id}));
    revoke().await.refused(503, "unavailable");
    driftwood.clear_faults();
    driftwood.advance(1);
    revoke().await.result();
    assert_eq!(driftwood.audit_lines(&bob.access_token).await[0], "app.revoked succeeded");
}
