//! `POST /api/auth-login`

use serde_json::json;

use crate::harness::{Alice, OPERATED, PASSWORD, TestServer};

#[tokio::test]
async fn the_right_password_creates_a_new_session() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let result = driftwood.login(&alice.email.to_uppercase(), PASSWORD).await.result();
    let second = Alice::from(&alice.email, &result);
    assert_eq!(second.user_id, alice.user_id);
    assert_eq!(result["expires_in"], 900);
    assert_ne!(second.claims()["sid"], alice.claims()["sid"]);
    assert!(driftwood.is_alive(&second.access_token).await && driftwood.is_alive(&alice.access_token).await);
}

#[tokio::test]
async fn an_unknown_address_a_wrong_password_and_a_disabled_user_get_the_same_response_after_the_same_work() {
    let driftwood = TestServer::start().await;
    let (alice, disabled) = (driftwood.alice().await, driftwood.alice().await);
    driftwood.operator_disables(&disabled).await;
    // The first request of a process also reads keys.
    driftwood.login(&alice.email, PASSWORD).await.result();
    let mut answers = Vec::new();
    for (email, password) in
        [("nobody@example.com", PASSWORD), (&alice.email, "wrong password"), (&disabled.email, PASSWORD)]
    {
        let hashes = driftwood.hashes("auth-login");
        driftwood.calls();
        let reply = driftwood.login(email, password).await;
        reply.refused(401, "invalid_credentials");
        let mut calls: Vec<_> = driftwood.calls().into_iter().map(|call| (call.operation, call.actions)).collect();
        calls.sort();
        let mut headers: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        answers.push((reply.text, headers, driftwood.hashes("auth-login") - hashes, calls));
    }
    assert_eq!(answers[0].2, 1, "one hash");
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn a_password_is_compared_whole_and_as_it_was_typed() {
    let driftwood = TestServer::start().await;
    let long = "long-".repeat(40);
    let body = json!({"email": "lo@example.com", "password": format!("{long}é"), "name": "Lo"});
    driftwood.post("auth-register", body).await.result();
    driftwood.login("lo@example.com", &format!("{long}é")).await.result();
    for other in [long.clone(), format!("{long}e"), format!("{long}e\u{301}"), format!("{long}é ")] {
        driftwood.login("lo@example.com", &other).await.refused(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn guesses_at_one_address_are_limited_and_the_right_password_works_after_the_wait() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "3")]).await;
    let alice = driftwood.alice().await;
    for email in [alice.email.as_str(), "nobody@example.com"] {
        for _ in 0..3 {
            driftwood.login(email, "a wrong guess").await.refused(401, "invalid_credentials");
        }
        let hashes = driftwood.hashes("auth-login");
        driftwood.login(email, "a wrong guess").await.refused(429, "rate_limited");
        assert_eq!(driftwood.hashes("auth-login"), hashes, "nothing is hashed once the limit is reached");
    }
    let refused = driftwood.login(&alice.email, PASSWORD).await;
    refused.refused(429, "rate_limited");
    driftwood.advance(refused.header("retry-after").parse().unwrap());
    driftwood.login(&alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn of_many_guesses_at_once_no_more_than_the_limit_are_hashed() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "5")]).await;
    let alice = driftwood.alice().await;
    let replies = futures_util::future::join_all((0..32).map(|_| driftwood.login(&alice.email, "a wrong guess"))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 401).count(), 5);
    assert_eq!(replies.iter().filter(|reply| reply.status == 429).count(), 27);
    assert_eq!(driftwood.hashes("auth-login"), 5);
}

#[tokio::test]
async fn a_successful_sign_in_resets_the_failures_before_it() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "3")]).await;
    let alice = driftwood.alice().await;
    for _ in 0..4 {
        driftwood.login(&alice.email, "a wrong guess").await.refused(401, "invalid_credentials");
        driftwood.login(&alice.email, "a wrong guess").await.refused(401, "invalid_credentials");
        driftwood.login(&alice.email, PASSWORD).await.result();
    }
}

#[tokio::test]
async fn one_network_address_cannot_try_many_users() {
    let driftwood = TestServer::start_with(&[("LoginAddressLimit", "4")]).await;
    for n in 0..4 {
        driftwood.login(&format!("victim{n}@example.com"), PASSWORD).await.refused(401, "invalid_credentials");
    }
    driftwood.login("victim5@example.com", PASSWORD).await.refused(429, "rate_limited");
    let claimed =
        [("content-type", "application/json"), ("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=203.0.113.7")];
    let body = json!({"email": "victim6@example.com", "password": PASSWORD}).to_string();
    driftwood.send(reqwest::Method::POST, "/api/auth-login", &claimed, body).await.refused(429, "rate_limited");
}

#[tokio::test]
async fn only_a_user_that_the_operator_lists_is_an_admin() {
    let driftwood = TestServer::start().await;
    assert_eq!(driftwood.alice().await.claims()["token_type"], "user");
    let listed = TestServer::start_with(&[("AdminUserIds", "550e8400-e29b-41d4-a716-446655440000")]).await;
    assert_eq!(listed.alice().await.claims()["token_type"], "user", "another user is listed");
}

#[tokio::test]
async fn a_request_without_credentials_is_refused_with_the_missing_fields() {
    let driftwood = TestServer::start().await;
    assert_eq!(driftwood.post("auth-login", json!({"email": null})).await.mistaken_fields(), ["email", "password"]);
    assert_eq!(
        driftwood.post("auth-login", json!({"email": "a@example.com", "password": ""})).await.mistaken_fields(),
        ["password"]
    );
}

#[tokio::test]
async fn a_password_that_exists_is_valid_however_short_it_is_and_its_successor_is_not() {
    use shared::domain::password::Password;
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let short = "gulls-9";
    let hash = driftwood.server.apps["auth-login"].passwords.hash(&Password::parse(short).unwrap()).await.unwrap();
    let user = json!({"import_id": "1", "email": "ada@example.com", "email_verified": true, "password_hash": hash});
    driftwood.import(&operator, &[user]).await.result();
    let signed_in = driftwood.login("ada@example.com", short).await.result();
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    assert_eq!(visitor.sign_in(&page, "ada@example.com", short).await.heading(), "Your account");
    let token = signed_in["access_token"].as_str().unwrap();
    let change = |new| {
        let body = json!({"current_password": short, "new_password": new});
        driftwood.post_as(token, "auth-change-password", body)
    };
    assert_eq!(change("fourteen-chars").await.mistaken_fields(), ["new_password"]);
    change("fifteen-chars-x").await.result();
}
