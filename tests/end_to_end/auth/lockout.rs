//! Guesses must not keep users out of their own accounts.

use serde_json::json;

use crate::account::press;
use crate::harness::{Forged, PASSWORD, TestServer, machine};
use crate::keys::SECRET;
use crate::recovery::{FORGOT, RESET, last_token, operations};

const WRONG: &str = "a wrong guess";
const SIGN_IN: &str = "/oauth2/authorize/sign-in";
/// The same password after a reset.
const NEW: &str = "an entirely new passphrase";

/// Limits that a test reaches quickly: three at a name from one machine, six from one machine, nine at a name.
const LIMITS: [(&str, &str); 3] = [("LoginLimit", "3"), ("LoginAddressLimit", "6"), ("LoginEmailLimit", "9")];

/// Guesses from machines of an attacker until the name itself has had too many.
async fn flood(driftwood: &TestServer, email: &str) {
    for number in [101, 102, 103] {
        let attacker = machine(number);
        for _ in 0..3 {
            driftwood.login_from(&attacker, email, WRONG).await.refused(401, "invalid_credentials");
        }
    }
    driftwood.login_from(&machine(104), email, PASSWORD).await.refused(429, "rate_limited");
}

#[tokio::test]
async fn a_hundred_wrong_passwords_from_one_machine_keep_nobody_out_anywhere_else() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    let alice = driftwood.alice().await;
    let attacker = machine(2);
    for guess in 0..100 {
        let status = driftwood.login_from(&attacker, &alice.email, WRONG).await.status;
        assert_eq!(status, if guess < 3 { 401 } else { 429 });
    }
    driftwood.login_from(&machine(3), &alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn a_machine_that_is_refused_charges_no_name() {
    let driftwood = TestServer::start_with(&[("LoginAddressLimit", "2"), ("LoginEmailLimit", "1")]).await;
    let alice = driftwood.alice().await;
    let attacker = machine(2);
    for email in ["one@example.com", "two@example.com"] {
        driftwood.login_from(&attacker, email, WRONG).await.refused(401, "invalid_credentials");
    }
    for _ in 0..5 {
        driftwood.login_from(&attacker, &alice.email, WRONG).await.refused(429, "rate_limited");
    }
    driftwood.login_from(&machine(3), &alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn what_a_count_refuses_costs_no_broader_one() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    let attacker = machine(2);
    let guess = |email: &'static str| driftwood.login_from(&attacker, email, WRONG);
    for email in ["one@example.com", "two@example.com"] {
        for _ in 0..3 {
            guess(email).await.refused(401, "invalid_credentials");
        }
        // The first one of a window is recorded.
        guess(email).await.refused(429, "rate_limited");
    }
    guess("three@example.com").await.refused(429, "rate_limited");
    driftwood.calls();
    guess("one@example.com").await.refused(429, "rate_limited");
    assert_eq!(operations(&driftwood, "auth-login"), ["UpdateItem"], "the name at this machine");
    guess("three@example.com").await.refused(429, "rate_limited");
    assert_eq!(
        operations(&driftwood, "auth-login"),
        ["UpdateItem", "UpdateItem", "GetItem", "GetItem"],
        "the name at this machine, then the machine beside the user"
    );
}

#[tokio::test]
async fn right_passwords_behind_one_proxy_are_never_refused() {
    let driftwood = TestServer::start_with(&[("LoginAddressLimit", "3")]).await;
    let mut users = Vec::new();
    for _ in 0..5 {
        users.push(driftwood.alice().await.email);
    }
    for _ in 0..2 {
        for email in &users {
            driftwood.login(email, PASSWORD).await.result();
        }
    }
    for n in 0..3 {
        driftwood.login(&format!("victim{n}@example.com"), WRONG).await.refused(401, "invalid_credentials");
    }
    driftwood.login(&users[0], PASSWORD).await.refused(429, "rate_limited");
}

#[tokio::test]
async fn a_success_gives_back_its_own_attempt_and_no_other() {
    let driftwood = TestServer::start_with(&[("LoginAddressLimit", "4")]).await;
    let own = driftwood.alice().await;
    // An attacker who signs in to an account of their own gains no guess by it.
    let mut guesses = 0;
    for n in 0..10 {
        guesses += u32::from(driftwood.login(&format!("victim{n}@example.com"), WRONG).await.status == 401);
        driftwood.login(&own.email, PASSWORD).await;
    }
    assert_eq!(guesses, 4);
}

#[tokio::test]
async fn an_attempt_that_succeeds_after_its_window_gives_nothing_back_to_the_next() {
    let driftwood = TestServer::start_with(&[("LoginAddressLimit", "2"), ("LoginAddressWindowSeconds", "60")]).await;
    let alice = driftwood.alice().await;
    for _ in 0..3 {
        driftwood.login(&alice.email, PASSWORD).await.result();
        driftwood.advance(61);
    }
    for n in 0..3 {
        let status = driftwood.login(&format!("victim{n}@example.com"), WRONG).await.status;
        assert_eq!(status, if n < 2 { 401 } else { 429 });
    }
}

#[tokio::test]
async fn users_get_in_where_they_registered_however_often_others_guess() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    let bob = visitor.signed_up().await;
    for email in [&alice.email, &bob] {
        flood(&driftwood, email).await;
        driftwood.login(email, PASSWORD).await.result();
        driftwood.advance(3_600);
    }
}

#[tokio::test]
async fn a_script_gets_in_where_its_user_registered_however_often_others_guess() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    let key = driftwood.key_of_new_user("nightly-job").await;
    let body = |secret| json!({"user_key": key, "user_secret": secret}).to_string();
    let headers = [("content-type", "application/json")];
    let post = reqwest::Method::POST;
    for number in [101, 102, 103] {
        let attacker = machine(number);
        for _ in 0..3 {
            let reply = driftwood.send_from(&attacker, post.clone(), "/authenticate", &headers, body(SECRET)).await;
            assert_eq!(reply.status, 401);
        }
    }
    let reply = driftwood.send_from(&machine(104), post, "/authenticate", &headers, body(PASSWORD)).await;
    assert_eq!(reply.status, 429);
    driftwood.script(&key, PASSWORD).await;
}

#[tokio::test]
async fn users_of_a_provider_get_in_with_their_password_where_they_came_from_it() {
    let forged = Forged::start_with(&LIMITS).await;
    let driftwood = &forged.driftwood;
    let visitor = driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    assert!(visitor.cookies().contains_key("dw-known"));
    let known = driftwood.items("Limits").await;
    let known = known.iter().filter(|item| item.contains_key("known_until"));
    assert_eq!(known.count(), 2, "the network address and the browser");
}

#[tokio::test]
async fn a_known_browser_gets_in_whatever_others_do_behind_the_same_proxy_and_elsewhere() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    let visitor = driftwood.visitor_at(machine(2));
    let email = visitor.signed_up().await;
    flood(&driftwood, &email).await;
    for name in [email.as_str(), "one@example.com", "two@example.com", "three@example.com"] {
        for _ in 0..3 {
            driftwood.login_from(&machine(2), name, WRONG).await;
        }
    }
    let stranger = driftwood.visitor_at(machine(2));
    let page = stranger.get(SIGN_IN).await;
    assert_eq!(stranger.sign_in(&page, &email, PASSWORD).await.status, 429);
    let page = visitor.get("/account").await;
    press(&visitor, &page, "sign-out", "sign-out").await;
    let page = visitor.get(SIGN_IN).await;
    driftwood.calls();
    assert_eq!(visitor.sign_in(&page, &email, PASSWORD).await.heading(), "Your account");
    let charges = driftwood.calls().into_iter().filter(|call| call.function == "oauth-authorize");
    let updates = charges.filter(|call| call.operation == "UpdateItem").count();
    assert_eq!(updates, 3, "the browser is charged alone; then browser and address are known again");
}

#[tokio::test]
async fn a_stolen_cookie_of_a_known_browser_is_worth_a_few_guesses_a_day_at_its_user_only() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "3"), ("LoginAddressLimit", "5")]).await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let other = driftwood.alice().await.email;
    let stolen = visitor.cookies()["dw-known"].clone();
    let thief = driftwood.visitor_at(machine(2));
    let page = thief.get(SIGN_IN).await;
    let mut cookies = thief.cookies();
    cookies.insert("dw-known".to_owned(), stolen);
    thief.set_cookies(cookies);
    let hashes = || driftwood.hashes("oauth-authorize");
    let guess = |email: String, times: usize| {
        let (thief, page, hashes) = (&thief, &page, &hashes);
        async move {
            let before = hashes();
            for _ in 0..times {
                thief.sign_in(page, &email, WRONG).await;
            }
            hashes() - before
        }
    };
    assert_eq!(guess(email.clone(), 10).await, 3 + 3, "as a known browser, then as any other");
    assert_eq!(guess(other, 10).await, 2, "the machine has guessed five times by now");
    driftwood.advance(900);
    assert_eq!(guess(email.clone(), 10).await, 3, "the cookie is used up for the day");
}

#[tokio::test]
async fn a_reset_by_mail_lets_users_in_where_they_reset_however_often_others_guess() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    driftwood.keep_secret(NEW);
    let alice = driftwood.alice().await;
    flood(&driftwood, &alice.email).await;
    let hotel = machine(5);
    driftwood.login_from(&hotel, &alice.email, NEW).await.refused(429, "rate_limited");
    driftwood.post("auth-forgot-password", json!({"email": alice.email})).await.result();
    let body = json!({"token": last_token(&driftwood, &alice.email, RESET), "password": NEW}).to_string();
    let headers = [("content-type", "application/json")];
    let post = reqwest::Method::POST;
    driftwood.send_from(&hotel, post, "/api/auth-reset-password", &headers, body).await.result();
    driftwood.login_from(&hotel, &alice.email, NEW).await.result();
}

#[tokio::test]
async fn a_browser_that_reset_a_password_is_known_even_behind_a_proxy_with_an_attacker() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    driftwood.keep_secret(NEW);
    let alice = driftwood.alice().await;
    flood(&driftwood, &alice.email).await;
    let hotel = machine(5);
    for name in [alice.email.as_str(), "one@example.com", "two@example.com", "three@example.com"] {
        for _ in 0..3 {
            driftwood.login_from(&hotel, name, WRONG).await;
        }
    }
    let visitor = driftwood.visitor_at(hotel);
    let page = visitor.get(FORGOT).await;
    visitor.submit(&page, &[("email", &alice.email)]).await;
    let token = last_token(&driftwood, &alice.email, RESET);
    let page = visitor.get(&format!("{RESET}?token={token}")).await;
    assert_eq!(visitor.submit(&page, &[("password", NEW)]).await.heading(), "Your password was changed");
    let page = visitor.get(SIGN_IN).await;
    assert_eq!(visitor.sign_in(&page, &alice.email, NEW).await.heading(), "Your account");
}

#[tokio::test]
async fn a_display_name_that_looks_like_another_users_address_makes_nothing_known() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    let victim = driftwood.alice().await;
    let attacker = machine(2);
    let body = json!({"email": "mallory@example.com", "password": PASSWORD, "name": victim.email}).to_string();
    let headers = [("content-type", "application/json")];
    driftwood.send_from(&attacker, reqwest::Method::POST, "/api/auth-register", &headers, body).await.result();
    flood(&driftwood, &victim.email).await;
    driftwood.login_from(&attacker, &victim.email, PASSWORD).await.refused(429, "rate_limited");
}

#[tokio::test]
async fn a_place_that_was_known_to_an_earlier_user_of_the_address_is_not_known_to_the_next() {
    let driftwood = TestServer::start_with(&LIMITS).await;
    // A stranger registers the address of the victim at a machine and in a browser, and deletes the account.
    let browser = driftwood.visitor_at(machine(2));
    let email = browser.signed_up().await;
    let stranger = driftwood.login_from(&machine(2), &email, PASSWORD).await.result();
    let token = stranger["access_token"].as_str().unwrap();
    driftwood.post_as(token, "users-delete", json!({"password": PASSWORD})).await.result();
    let body = json!({"email": email, "password": PASSWORD, "name": "The owner"});
    driftwood.post("auth-register", body).await.result();
    driftwood.advance(3_600);
    flood(&driftwood, &email).await;
    driftwood.login_from(&machine(2), &email, PASSWORD).await.refused(429, "rate_limited");
    let hashes = driftwood.hashes("oauth-authorize");
    let page = browser.get(SIGN_IN).await;
    assert_eq!(browser.sign_in(&page, &email, PASSWORD).await.status, 429);
    assert_eq!(driftwood.hashes("oauth-authorize"), hashes);
    driftwood.login(&email, PASSWORD).await.result();
}
