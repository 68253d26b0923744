//! `POST /api/auth-change-email`, `/account/change-email` and `/account/confirm-email`

use serde_json::json;

use super::{
    CONFIRM, NEW, RESET, ask_for, ask_to_verify, can_sign_in, change_password, change_token, confirm, events, forgot,
    last_token, mails, signed_in, tokens,
};
use crate::harness::{PASSWORD, TestServer, claims};

const PAGE: &str = "/account/change-email";
const OTHER: &str = "other@example.com";

#[tokio::test]
async fn an_address_changes_once_its_link_was_followed_and_both_addresses_get_mail() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    assert_eq!(ask_for(&driftwood, &alice, "Other@Example.com").await.result(), json!({}));
    assert_eq!(mails(&driftwood, &alice.email, "Your e-mail address at Driftwood is about to change"), 1);
    assert!(
        driftwood.last_mail_to(&alice.email).text.contains(OTHER) && !driftwood.last_mail_to(&alice.email).has_link()
    );
    assert!(can_sign_in(&driftwood, &alice.email, PASSWORD).await && !can_sign_in(&driftwood, OTHER, PASSWORD).await);
    let user = confirm(&driftwood, &alice, &last_token(&driftwood, OTHER, CONFIRM)).await.result()["user"].clone();
    assert_eq!((user["id"].as_str(), user["email"].as_str()), (Some(alice.user_id.as_str()), Some(OTHER)));
    assert!(!can_sign_in(&driftwood, &alice.email, PASSWORD).await && can_sign_in(&driftwood, OTHER, PASSWORD).await);
    assert_eq!(mails(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed"), 1);
    assert_eq!(driftwood.mail_to(OTHER).len(), 1);
    assert!(driftwood.is_alive(&alice.access_token).await, "sessions continue");
    assert_eq!(ask_to_verify(&driftwood, &alice).await.result()["email_verified"], true);
    assert_eq!(
        [events(&driftwood, "email.change_requested").await, events(&driftwood, "email.changed").await],
        [["succeeded"], ["succeeded"]]
    );
}

#[tokio::test]
async fn the_old_address_is_told_when_and_from_where() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.verified_alice().await;
    let token = change_token(&driftwood, &alice, OTHER).await;
    let asked = driftwood.last_mail_to(&alice.email);
    driftwood.advance(60);
    confirm(&driftwood, &alice, &token).await.result();
    let changed = driftwood.last_mail_to(&alice.email);
    let when =
        |text: &str| text.split_once("When: ").and_then(|(_, rest)| Some(rest.split_once(" UTC.")?.0.to_owned()));
    for mail in [&asked, &changed] {
        assert!(mail.text.contains("From the network address ") && mail.html.contains("When: "), "{}", mail.text);
    }
    assert!(when(&asked.text).is_some() && when(&asked.text) < when(&changed.text), "each says its own time");
}

#[tokio::test]
async fn the_current_address_is_no_new_one() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let before = driftwood.mail_to(&alice.email).len();
    let error = ask_for(&driftwood, &alice, &alice.email.to_uppercase()).await.refused(400, "invalid_input");
    assert_eq!(error["fields"]["new_email"], "is the one that you have");
    assert_eq!(driftwood.mail_to(&alice.email).len(), before);
}

#[tokio::test]
async fn the_old_address_is_free_and_the_new_one_is_taken() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = change_token(&driftwood, &alice, OTHER).await;
    confirm(&driftwood, &alice, &token).await.result();
    let register =
        |email: &str| driftwood.post("auth-register", json!({"email": email, "password": PASSWORD, "name": "Bob"}));
    register(OTHER).await.refused(409, "email_taken");
    register(&alice.email).await.result();
    forgot(&driftwood, OTHER).await.result();
    assert_eq!(tokens(&driftwood, OTHER, RESET).len(), 1);
}

#[tokio::test]
async fn the_pages_do_the_same_and_apps_get_the_new_address() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let page = visitor.get(PAGE).await;
    assert!(page.heading() == "Change your e-mail address" && page.shows(&email));
    let wrong = visitor.submit(&page, &[("new_email", "x"), ("password", "not my password")]).await;
    assert_eq!((wrong.status, wrong.heading()), (400, "Change your e-mail address".to_owned()));
    let wrong = visitor.submit(&wrong, &[("new_email", OTHER), ("password", "not my password")]).await;
    assert!(wrong.status == 400 && wrong.shows("is not your password") && wrong.text.contains(OTHER));
    assert!(driftwood.mail_to(OTHER).is_empty());
    let sent = visitor.submit(&wrong, &[("new_email", OTHER), ("password", PASSWORD)]).await;
    assert!(sent.heading() == "Check your mail" && sent.shows(OTHER));
    // The mail is read on another device.
    let elsewhere = driftwood.visitor();
    let page = elsewhere.get(&driftwood.last_mail_to(OTHER).link()).await;
    assert!(page.heading() == "Confirm your new e-mail address" && page.shows(OTHER));
    let users = driftwood.items("Users").await;
    driftwood.get(&driftwood.last_mail_to(OTHER).link()).await.heading();
    assert_eq!(driftwood.items("Users").await, users, "opening the page changes nothing");
    // Its owner alone cannot give it to this account: the account's user does, signed in or with the password.
    assert!(page.shows("Alice Arden"), "it says whose account it is");
    for password in ["", "not the password"] {
        let refused = elsewhere.submit(&page, &[("password", password)]).await;
        assert_eq!((refused.status, refused.heading()), (400, "Confirm your new e-mail address".to_owned()));
    }
    assert!(visitor.get("/account").await.shows(&email));
    let done = elsewhere.submit(&page, &[("password", PASSWORD)]).await;
    assert!(done.heading() == "Your address was changed" && done.shows(OTHER));
    assert!(!elsewhere.cookies().contains_key("dw-sid"), "it signs no user in");
    assert!(visitor.get("/account").await.shows(OTHER));
    let answer = visitor.approve(&client, &[("scope", "openid email")]).await;
    let tokens = client.exchange(&driftwood, answer.code()).await.json();
    let user_claims = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((user_claims["email"].as_str(), user_claims["email_verified"].as_bool()), (Some(OTHER), Some(true)));
    elsewhere.submit(&page, &[]).await.refused_page(400, "This link does not work any more");
}

#[tokio::test]
async fn a_link_works_once_for_24_hours_and_voids_the_others_when_it_is_used() {
    let driftwood = TestServer::start().await;
    let [once, late, twice] = [driftwood.alice().await, driftwood.alice().await, driftwood.alice().await];
    let first = change_token(&driftwood, &twice, "first@example.com").await;
    let second = change_token(&driftwood, &twice, "second@example.com").await;
    confirm(&driftwood, &twice, &first).await.result();
    confirm(&driftwood, &twice, &second).await.refused(400, "invalid_link");
    let (token, too_late) =
        (change_token(&driftwood, &once, OTHER).await, change_token(&driftwood, &late, "l@example.com").await);
    driftwood.advance(86_399);
    let [once, late] =
        [signed_in(&driftwood, &once.email, PASSWORD).await, signed_in(&driftwood, &late.email, PASSWORD).await];
    confirm(&driftwood, &once, &token).await.result();
    confirm(&driftwood, &once, &token).await.refused(400, "invalid_link");
    driftwood.advance(1);
    confirm(&driftwood, &late, &too_late).await.refused(400, "invalid_link");
    driftwood.get(&format!("{CONFIRM}?token={too_late}")).await.refused_page(400, "This link does not work any more");
    assert!(can_sign_in(&driftwood, &late.email, PASSWORD).await);
}

#[tokio::test]
async fn a_password_change_a_sign_out_everywhere_or_disabling_voids_the_link() {
    let driftwood = TestServer::start().await;
    let (changed, signed_out, disabled) = (driftwood.alice().await, driftwood.alice().await, driftwood.alice().await);
    let mut links = Vec::new();
    for (n, user) in [&changed, &signed_out, &disabled].into_iter().enumerate() {
        links.push(change_token(&driftwood, user, &format!("thief{n}@example.com")).await);
    }
    change_password(&driftwood, &changed, PASSWORD, NEW).await.result();
    driftwood.post_as(&signed_out.access_token, "auth-logout", json!({"everywhere": true})).await.result();
    driftwood.operator_disables(&disabled).await;
    confirm(&driftwood, &changed, &links[0]).await.refused(400, "invalid_link");
    let again = signed_in(&driftwood, &signed_out.email, PASSWORD).await;
    confirm(&driftwood, &again, &links[1]).await.refused(400, "invalid_link");
    confirm(&driftwood, &disabled, &links[2]).await.refused(401, "invalid_token");
    for link in &links {
        driftwood.get(&format!("{CONFIRM}?token={link}")).await.refused_page(400, "This link does not work any more");
    }
    assert!(can_sign_in(&driftwood, &changed.email, NEW).await);
}

#[tokio::test]
async fn a_request_does_not_reveal_a_taken_address_and_its_link_does_not_take_it() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let free = ask_for(&driftwood, &alice, "free@example.com").await;
    let taken = ask_for(&driftwood, &alice, &bob.email).await;
    assert_eq!((free.status, &free.text), (taken.status, &taken.text));
    let token = last_token(&driftwood, &bob.email, CONFIRM);
    let visitor = driftwood.visitor();
    let page = visitor.get(&format!("{CONFIRM}?token={token}")).await;
    confirm(&driftwood, &alice, &token).await.refused(409, "email_taken");
    visitor.submit(&page, &[("password", PASSWORD)]).await.refused_page(409, "This address is taken");
    assert!(
        can_sign_in(&driftwood, &alice.email, PASSWORD).await && can_sign_in(&driftwood, &bob.email, PASSWORD).await
    );
    assert_eq!(mails(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed"), 0);
    let moved = change_token(&driftwood, &bob, OTHER).await;
    confirm(&driftwood, &bob, &moved).await.result();
    confirm(&driftwood, &alice, &token).await.result();
    assert!(can_sign_in(&driftwood, &bob.email, PASSWORD).await, "the address is Alice's now, with the same password");
}

#[tokio::test]
async fn the_owner_of_a_mailbox_does_not_become_the_address_of_an_account_of_another_party() {
    let driftwood = TestServer::start().await;
    let (stranger, owner) = (driftwood.alice().await, driftwood.verified_alice().await);
    // The stranger asks for an address that is not theirs; its owner reads the mail and follows the link.
    let mailbox = "owner@example.com";
    let token = change_token(&driftwood, &stranger, mailbox).await;
    let users = driftwood.items("Users").await;
    driftwood.post("auth-change-email", json!({"token": token})).await.refused(401, "unauthorized");
    confirm(&driftwood, &owner, &token).await.refused(403, "forbidden");
    let app = driftwood.program(&stranger, json!({"name": "Job"})).await;
    let app_token = driftwood.program_token(&app).await.result()["access_token"].as_str().unwrap().to_owned();
    let body = json!({"token": token});
    driftwood.post_as(&app_token, "auth-change-email", body.clone()).await.refused(403, "forbidden");
    driftwood.post_as("not a token", "auth-change-email", body).await.refused(401, "invalid_token");
    assert_eq!(driftwood.items("Users").await, users, "nothing changed");
    assert!(events(&driftwood, "email.changed").await.is_empty() && !can_sign_in(&driftwood, mailbox, PASSWORD).await);
    // None of it used the link up: the user who asked follows it.
    confirm(&driftwood, &stranger, &token).await.result();
    confirm(&driftwood, &owner, &token).await.refused(400, "invalid_link");
}

#[tokio::test]
async fn a_wrong_password_mails_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let body = json!({"new_email": OTHER, "password": "not my password"});
    let refused = driftwood.post_as(&alice.access_token, "auth-change-email", body).await;
    assert_eq!(refused.mistaken_fields(), ["password"]);
    assert!(driftwood.is_alive(&alice.access_token).await);
    assert!(driftwood.mail_to(OTHER).is_empty() && driftwood.mail_to(&alice.email).len() == 1);
    assert_eq!(events(&driftwood, "email.change_requested").await, ["refused"]);
}
