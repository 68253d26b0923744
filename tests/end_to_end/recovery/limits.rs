//! Limits of the mails that a caller may request, and of guesses of a password that has to be confirmed.

use serde_json::json;

use super::{
    FORGOT, NEW, RESET, VERIFY, ask_for, ask_to_verify, change_password, forgot, last_token, operations, reset, tokens,
};
use crate::account::press;
use crate::harness::{Alice, PASSWORD, Reply, TestServer, machine};

/// Asserts a rate limit error, and returns the seconds to wait.
#[track_caller]
fn refused(reply: &Reply) -> u64 {
    reply.refused(429, "rate_limited");
    reply.header("retry-after").parse().expect("seconds")
}

#[tokio::test]
async fn mail_to_one_address_is_limited_whether_a_user_has_it_or_not() {
    let driftwood = TestServer::start_with(&[("MailLimit", "2"), ("MailWindowSeconds", "600")]).await;
    let known = driftwood.alice().await.email;
    let mut waits = Vec::new();
    for email in [known.as_str(), "nobody@example.com"] {
        for _ in 0..2 {
            forgot(&driftwood, email).await.result();
        }
        driftwood.calls();
        let reply = forgot(&driftwood, email).await;
        assert_eq!(operations(&driftwood, "auth-forgot-password"), ["UpdateItem", "UpdateItem", "PutItem"], "an event");
        waits.push((refused(&reply), reply.text));
        refused(&forgot(&driftwood, email).await);
        assert_eq!(operations(&driftwood, "auth-forgot-password"), ["UpdateItem", "UpdateItem"], "no other event");
    }
    assert_eq!(waits[0], waits[1]);
    assert_eq!(tokens(&driftwood, &known, RESET).len(), 2);
    forgot(&driftwood, "somebody.else@example.com").await.result();
    driftwood.advance(waits[0].0);
    forgot(&driftwood, &known).await.result();
}

#[tokio::test]
async fn mail_that_one_network_address_requests_is_limited_whichever_user_it_is_for() {
    let driftwood = TestServer::start_with(&[("MailAddressLimit", "3"), ("MailAddressWindowSeconds", "600")]).await;
    let alice = driftwood.alice().await;
    forgot(&driftwood, "one@example.com").await.result();
    forgot(&driftwood, &alice.email).await.result();
    ask_to_verify(&driftwood, &alice).await.result();
    let wait = refused(&forgot(&driftwood, "two@example.com").await);
    refused(&ask_to_verify(&driftwood, &alice).await);
    refused(&ask_for(&driftwood, &alice, "three@example.com").await);
    assert!(driftwood.mail_to("three@example.com").is_empty());
    driftwood.advance(wait);
    forgot(&driftwood, "two@example.com").await.result();
}

#[tokio::test]
async fn the_pages_are_limited_with_the_endpoints() {
    let driftwood = TestServer::start_with(&[("MailLimit", "1"), ("MailWindowSeconds", "600")]).await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    forgot(&driftwood, &email).await.result();
    let page = visitor.get(FORGOT).await;
    for email in [email.as_str(), "nobody@example.com"] {
        let reply = visitor.submit(&page, &[("email", email)]).await;
        if email == "nobody@example.com" {
            assert_eq!(reply.heading(), "Check your mail");
        }
        let reply = visitor.submit(&page, &[("email", email)]).await;
        reply.refused_page(429, "Too many attempts");
        assert!(!reply.header("retry-after").is_empty());
    }
    let page = visitor.get("/account").await;
    let reply = press(&visitor, &page, "send-verification", "send-verification").await;
    reply.refused_page(429, "Too many attempts");
    let page = visitor.get("/account/change-email").await;
    let ask = [("new_email", "new@example.com"), ("password", PASSWORD)];
    assert_eq!(visitor.submit(&page, &ask).await.heading(), "Check your mail");
    visitor.submit(&page, &ask).await.refused_page(429, "Too many attempts");
    assert_eq!(driftwood.mail_to("new@example.com").len(), 1);
}

#[tokio::test]
async fn a_password_that_has_to_be_confirmed_is_guessed_no_more_often_than_at_the_sign_in() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "4"), ("LoginWindowSeconds", "600")]).await;
    let alice = driftwood.alice().await;
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    let wrong = "a wrong guess";
    driftwood.login(&alice.email, wrong).await.refused(401, "invalid_credentials");
    change_password(&driftwood, &alice, wrong, NEW).await.mistaken_fields();
    post("auth-change-email", json!({"new_email": "x@example.com", "password": wrong})).await.mistaken_fields();
    post("users-delete", json!({"password": wrong})).await.mistaken_fields();
    let wait = refused(&change_password(&driftwood, &alice, PASSWORD, NEW).await);
    refused(&post("auth-change-email", json!({"new_email": "x@example.com", "password": PASSWORD})).await);
    refused(&post("users-delete", json!({"password": PASSWORD})).await);
    refused(&driftwood.login(&alice.email, PASSWORD).await);
    driftwood.advance(wait);
    change_password(&driftwood, &alice, PASSWORD, NEW).await.result();
}

#[tokio::test]
async fn a_reset_works_for_a_user_who_is_locked_out_by_guesses() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "2")]).await;
    let alice = driftwood.alice().await;
    for _ in 0..4 {
        driftwood.login(&alice.email, "a wrong guess").await;
    }
    forgot(&driftwood, &alice.email).await.result();
    reset(&driftwood, &last_token(&driftwood, &alice.email, RESET), NEW).await.result();
}

#[tokio::test]
async fn a_stranger_cannot_fill_a_mailbox_by_an_account_with_its_address() {
    let driftwood = TestServer::start_with(&[("MailLimit", "5"), ("MailWindowSeconds", "600")]).await;
    // The stranger registers the victim's address and asks for other addresses.
    let stranger = driftwood.alice().await;
    let victim = stranger.email.clone();
    let mut statuses = Vec::new();
    for n in 0..61 {
        statuses.push(ask_for(&driftwood, &stranger, &format!("other{n}@example.com")).await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 56);
    assert_eq!(driftwood.mail_to(&victim).len(), 1 + 5, "the mail of the registration, and notices");
    for _ in 0..9 {
        ask_to_verify(&driftwood, &stranger).await;
        forgot(&driftwood, &victim).await;
        change_password(&driftwood, &stranger, PASSWORD, NEW).await;
    }
    let another = driftwood.alice().await;
    for _ in 0..9 {
        ask_for(&driftwood, &another, &victim).await;
    }
    assert_eq!(driftwood.mail_to(&victim).len(), 4 * 5, "five of each kind: to verify, reset and change, and notices");
}

#[tokio::test]
async fn links_of_one_kind_use_up_no_other_kind() {
    let driftwood = TestServer::start_with(&[("MailLimit", "2"), ("MailWindowSeconds", "600")]).await;
    let (victim, stranger) = (driftwood.alice().await, driftwood.alice().await);
    for n in 0..3 {
        assert_eq!(ask_for(&driftwood, &stranger, &victim.email).await.status, if n < 2 { 200 } else { 429 });
    }
    let token = super::reset_token(&driftwood, &victim.email).await;
    reset(&driftwood, &token, NEW).await.result();
}

#[tokio::test]
async fn a_machine_that_requests_too_many_mails_uses_up_nothing_of_their_recipients() {
    let driftwood = TestServer::start_with(&[("MailAddressLimit", "3"), ("MailLimit", "2")]).await;
    let victim = driftwood.alice().await.email;
    let stranger = machine(2);
    let headers = [("content-type", "application/json")];
    let ask = |email: String| {
        let body = json!({"email": email}).to_string();
        driftwood.send_from(&stranger, reqwest::Method::POST, "/api/auth-forgot-password", &headers, body)
    };
    for n in 0..3 {
        ask(format!("other{n}@example.com")).await.result();
    }
    for _ in 0..9 {
        refused(&ask(victim.clone()).await);
    }
    for _ in 0..2 {
        forgot(&driftwood, &victim).await.result();
    }
}

#[tokio::test]
async fn registering_and_deleting_again_and_again_mails_no_more_than_anything_else() {
    let driftwood = TestServer::start_with(&[("MailLimit", "3"), ("MailWindowSeconds", "600")]).await;
    let email = driftwood.new_email();
    for turn in 0..4 {
        let body = json!({"email": email, "password": PASSWORD, "name": "Mallory"});
        let stranger = Alice::from(&email, &driftwood.post("auth-register", body).await.result());
        assert_eq!(tokens(&driftwood, &email, VERIFY).len(), (turn + 1).min(3), "the fourth registers without a mail");
        let deleted = driftwood.post_as(&stranger.access_token, "users-delete", json!({"password": PASSWORD})).await;
        assert_eq!(deleted.status, if turn < 3 { 200 } else { 429 }, "a deletion is told by mail, or refused");
        if turn == 3 {
            refused(&ask_to_verify(&driftwood, &stranger).await);
            driftwood.advance(600);
            ask_to_verify(&driftwood, &stranger).await.result();
        }
    }
}

#[tokio::test]
async fn registrations_of_an_address_that_is_taken_use_up_none_of_its_mails() {
    let driftwood = TestServer::start_with(&[("MailLimit", "2"), ("MailWindowSeconds", "600")]).await;
    let alice = driftwood.alice().await;
    for _ in 0..5 {
        let body = json!({"email": alice.email, "password": PASSWORD, "name": "Mallory"});
        driftwood.post("auth-register", body).await.refused(409, "email_taken");
    }
    ask_to_verify(&driftwood, &alice).await.result();
    refused(&ask_to_verify(&driftwood, &alice).await);
}

#[tokio::test]
async fn what_a_notice_tells_is_refused_before_a_notice_is_left_out() {
    let driftwood = TestServer::start_with(&[("NoticeLimit", "2"), ("NoticeWindowSeconds", "600")]).await;
    let alice = driftwood.alice().await;
    super::verify_as(&driftwood, &alice, &last_token(&driftwood, &alice.email, VERIFY)).await.result();
    change_password(&driftwood, &alice, PASSWORD, NEW).await.result();
    change_password(&driftwood, &alice, NEW, PASSWORD).await.result();
    let wait = refused(&change_password(&driftwood, &alice, PASSWORD, NEW).await);
    refused(&ask_for(&driftwood, &alice, "new@example.com").await);
    refused(&driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await);
    assert_eq!(super::mails(&driftwood, &alice.email, "Your password"), 2);
    // The user who receives the mail of the address is not locked out.
    let token = super::reset_token(&driftwood, &alice.email).await;
    reset(&driftwood, &token, NEW).await.result();
    let alice = super::signed_in(&driftwood, &alice.email, NEW).await;
    driftwood.advance(wait);
    change_password(&driftwood, &alice, NEW, PASSWORD).await.result();
}
