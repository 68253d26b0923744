//! `POST /api/users-delete` and `/account/delete`

use futures_util::future::join_all;
use serde_json::json;

use super::{TABLES, data_app, delegated, own_tokens, text, verified_full_user};
use crate::events::publish::stored;
use crate::harness::{Alice, PASSWORD, TestServer, claims};
use crate::recovery::{
    CONFIRM, NEW, RESET, VERIFY, change_token, confirm, events, last_token, mails, reset, reset_token, signed_in,
    verify,
};

#[tokio::test]
async fn a_deleted_user_has_no_access_and_no_data() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    assert_eq!(owner.delete(&driftwood).await.result(), json!({"restorable_until": null}));
    owner.assert_revoked(&driftwood, &client, "deleted").await;
    assert_eq!(mails(&driftwood, &owner.alice.email, "Your account at Driftwood was deleted"), 1);
    // The deletion record is deleted when no concurrent write can follow any more.
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(owner.left(&driftwood).await, [""; 0]);
    let message = driftwood.last_mail_to(&owner.alice.email);
    assert!(!message.has_link() && message.subject.starts_with("Your account at"));
}

#[tokio::test]
async fn until_the_purge_only_the_deletion_record_and_the_number_of_events_are_left() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    owner.delete(&driftwood).await.result();
    let left = owner.left(&driftwood).await;
    let [record, counter] = &left[..] else { panic!("{left:#?}") };
    assert!(record.contains("S(\"deletions\")") && counter.contains("S(\"counter\")"), "{left:#?}");
    assert!(!record.contains(&owner.name));
}

#[tokio::test]
async fn data_of_other_users_is_unchanged() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (deleted, other) =
        (verified_full_user(&driftwood, &client).await, verified_full_user(&driftwood, &client).await);
    let words =
        [&deleted.alice.user_id, &deleted.account_id, &deleted.alice.email, &deleted.name, &deleted.own_app.app.id];
    let items_of_others = || async {
        let mut all = Vec::new();
        // Limits count the requests of all callers.
        for table in TABLES.iter().filter(|table| **table != "Limits") {
            let items = driftwood.items(table).await.into_iter();
            let of_others = items.filter(|item| {
                let shown = format!("{item:?}");
                words.iter().all(|word| !shown.contains(word.as_str()))
            });
            all.extend(of_others);
        }
        all
    };
    let before = items_of_others().await;
    assert!(before.len() > 20);
    deleted.delete(&driftwood).await.result();
    let after = items_of_others().await;
    for item in before {
        assert!(after.contains(&item), "{item:?}");
    }
    for token in [other.alice.access_token.as_str(), &other.own, text(&other.others["access_token"])] {
        assert!(driftwood.is_alive(token).await);
    }
    assert!(driftwood.is_alive(text(&other.delegated["access_token"])).await);
}

#[tokio::test]
async fn the_audit_trail_is_kept_and_has_the_deletion() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    let before = driftwood.count_items("Audit").await;
    owner.delete(&driftwood).await.result();
    let events = driftwood.items("Audit").await;
    assert_eq!(events.len(), before + 1);
    assert!(events.iter().any(|event| {
        let event = format!("{event:?}");
        event.contains("user.deleted") && event.contains(&owner.alice.user_id)
    }));
    for event in events {
        let event = format!("{event:?}");
        assert!(!event.contains(&owner.alice.email) && !event.contains(&owner.name), "{event}");
    }
}

#[tokio::test]
async fn the_page_requires_the_password_and_signs_out() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let page = visitor.get("/account").await;
    let page = visitor.get(&page.link_to("/account/delete")).await;
    assert!(page.heading() == "Delete your account" && page.shows(&email));
    let wrong = visitor.submit(&page, &[("password", "not my password")]).await;
    assert_eq!((wrong.status, wrong.heading()), (400, "Delete your account".to_owned()));
    let missing = visitor.submit(&wrong, &[]).await;
    assert_eq!((missing.status, missing.heading()), (400, "Delete your account".to_owned()));
    assert_eq!(visitor.get("/account").await.heading(), "Your account");
    let done = visitor.submit(&missing, &[("password", PASSWORD)]).await;
    assert_eq!(done.heading(), "Your account was deleted");
    assert!(!visitor.cookies().contains_key("dw-sid"));
    driftwood.login(&email, PASSWORD).await.refused(401, "invalid_credentials");
    assert_eq!(mails(&driftwood, &email, "Your account at"), 1);
    assert_eq!(events(&driftwood, "user.deleted").await, ["refused", "succeeded"]);
    visitor.submit(&missing, &[("password", PASSWORD)]).await;
    assert_eq!(mails(&driftwood, &email, "Your account at"), 1);
}

#[tokio::test]
async fn a_wrong_password_deletes_no_user() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.verified_alice().await;
    for body in [json!({"password": "not my password"}), json!({}), json!({"password": null})] {
        let refused = driftwood.post_as(&alice.access_token, "users-delete", body).await;
        assert_eq!(refused.mistaken_fields(), ["password"]);
    }
    assert!(driftwood.is_alive(&alice.access_token).await);
    driftwood.login(&alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn only_an_app_with_the_scope_deletes_its_user() {
    let driftwood = TestServer::start().await;
    let client = data_app(&driftwood).await;
    let (email, with) = delegated(&driftwood, &client, "openid contact_read gdpr_write").await;
    let (other, without) = delegated(&driftwood, &client, "openid user_write gdpr_read").await;
    let refused = driftwood.post_as(&without, "users-delete", json!({"password": PASSWORD})).await;
    refused.refused(403, "insufficient_scope");
    assert!(refused.header("www-authenticate").contains(" gdpr_write\""));
    for own in own_tokens(&driftwood).await {
        assert_eq!(driftwood.post_as(&own, "users-delete", json!({"password": PASSWORD})).await.status, 403);
        let again = driftwood.post_as(&own, "users-delete", json!({})).await;
        assert_eq!(again.status, 403, "its owner still exists");
    }
    driftwood.post("users-delete", json!({"password": PASSWORD})).await.refused(401, "unauthorized");
    assert!(driftwood.is_alive(&with).await);
    driftwood.post_as(&with, "users-delete", json!({})).await.result();
    assert!(!driftwood.is_alive(&with).await);
    driftwood.login(&email, PASSWORD).await.refused(403, "account_deleted");
    driftwood.login(&other, PASSWORD).await.result();
    assert_eq!(mails(&driftwood, &email, "Your account at"), 1);
}

#[tokio::test]
async fn an_address_is_held_and_then_available() {
    let driftwood = TestServer::start_with(&[("AddressHoldSeconds", "100000")]).await;
    let (alice, bob) = (driftwood.verified_alice().await, driftwood.verified_alice().await);
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    let register = || {
        let body = json!({"email": alice.email, "password": PASSWORD, "name": "Heir"});
        driftwood.post("auth-register", body)
    };
    driftwood.advance(99_000);
    driftwood.server.run("users-purge").await.unwrap();
    register().await.refused(409, "email_taken");
    let bob = signed_in(&driftwood, &bob.email, PASSWORD).await;
    let token = change_token(&driftwood, &bob, &alice.email).await;
    confirm(&driftwood, &bob, &token).await.refused(409, "email_taken");
    driftwood.advance(999);
    register().await.refused(409, "email_taken");
    driftwood.advance(1);
    let new_user = Alice::from(&alice.email, &register().await.result());
    let bob = signed_in(&driftwood, &bob.email, PASSWORD).await;
    assert_ne!(new_user.user_id, alice.user_id);
    assert!(driftwood.is_alive(&new_user.access_token).await && !driftwood.is_alive(&alice.access_token).await);
    confirm(&driftwood, &bob, &token).await.refused(409, "email_taken");
    assert_eq!(driftwood.login(&alice.email, PASSWORD).await.result()["user"]["id"], new_user.user_id);
    // A late purge does not change the new user of the address.
    driftwood.server.run("users-purge").await.unwrap();
    driftwood.login(&alice.email, PASSWORD).await.result();
    register().await.refused(409, "email_taken");
}

#[tokio::test]
async fn a_held_address_is_available_for_a_change_after_the_hold() {
    let driftwood = TestServer::start_with(&[("AddressHoldSeconds", "1000")]).await;
    let (alice, bob) = (driftwood.verified_alice().await, driftwood.verified_alice().await);
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    let token = change_token(&driftwood, &bob, &alice.email).await;
    confirm(&driftwood, &bob, &token).await.refused(409, "email_taken");
    driftwood.advance(1_000);
    let bob = signed_in(&driftwood, &bob.email, PASSWORD).await;
    confirm(&driftwood, &bob, &token).await.result();
    assert_eq!(driftwood.login(&alice.email, PASSWORD).await.result()["user"]["id"], bob.user_id);
}

#[tokio::test]
async fn a_sign_in_of_a_deleted_user_gets_the_response_for_an_unknown_one_after_the_same_work() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.verified_alice().await;
    driftwood.login(&alice.email, PASSWORD).await.result();
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    let mut answers = Vec::new();
    for email in [alice.email.as_str(), "nobody@example.com"] {
        let hashes = driftwood.hashes("auth-login");
        driftwood.calls();
        let reply = driftwood.login(email, PASSWORD).await;
        // The counts and the reads are sent side by side, in no order.
        let mut calls: Vec<_> = driftwood.calls().into_iter().map(|call| (call.operation, call.actions)).collect();
        calls.sort();
        let text = reply.text.replace(reply.header("x-request-id"), "");
        answers.push((reply.status, text, calls, driftwood.hashes("auth-login") - hashes));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn links_that_were_mailed_before_are_invalid() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.verified_alice().await;
    reset_token(&driftwood, &alice.email).await;
    change_token(&driftwood, &alice, "other@example.com").await;
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    let token = last_token(&driftwood, &alice.email, VERIFY);
    verify(&driftwood, &token).await.refused(400, "invalid_link");
    let token = last_token(&driftwood, &alice.email, RESET);
    reset(&driftwood, &token, NEW).await.refused(400, "invalid_link");
    let token = last_token(&driftwood, "other@example.com", CONFIRM);
    confirm(&driftwood, &alice, &token).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_code_that_was_not_exchanged_yet_is_invalid() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    let alice = signed_in(&driftwood, &email, PASSWORD).await;
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
}

#[tokio::test]
async fn an_approved_device_that_did_not_poll_yet_gets_no_token() {
    let driftwood = TestServer::start().await;
    let television = driftwood.television().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let (asked, used) = (television.ask(&driftwood).await, television.ask(&driftwood).await);
    visitor.connect(&used).await;
    let tokens = television.poll(&driftwood, &used).await.json();
    visitor.connect(&asked).await;
    let page = visitor.get("/account/delete").await;
    assert_eq!(visitor.submit(&page, &[("password", PASSWORD)]).await.heading(), "Your account was deleted");
    driftwood.advance(6);
    let refused = television.poll(&driftwood, &asked).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    television.refresh(&driftwood, text(&tokens["refresh_token"])).await.refused_oauth(400, "invalid_grant");
    assert!(!driftwood.is_alive(text(&tokens["access_token"])).await);
}

#[tokio::test]
async fn of_32_concurrent_deletions_exactly_one_succeeds_and_nothing_is_left() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    let replies = join_all((0..32).map(|_| owner.delete(&driftwood))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        match reply.status {
            401 => reply.refused(401, "invalid_token"),
            _ => reply.refused(409, "conflict"),
        };
    }
    owner.assert_revoked(&driftwood, &client, "raced").await;
    assert_eq!(mails(&driftwood, &owner.alice.email, "Your account at"), 1);
    assert_eq!(events(&driftwood, "user.deleted").await, ["succeeded"]);
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(owner.left(&driftwood).await, [""; 0]);
}

#[tokio::test]
async fn the_events_of_an_account_are_deleted_wherever_their_numbers_are() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    // One request looks through not quite twenty blocks of a hundred numbers, and a run of the purge through ten times as many.
    for number in [99, 100, 1_450, 2_500, 19_000, 40_000] {
        driftwood.move_counter(&owner.alice, number).await;
        let body = json!({"type": "order.placed", "data": {}});
        let key = number.to_string();
        let key = [("idempotency-key", key.as_str())];
        assert_eq!(driftwood.post_event_as(&owner.alice.access_token, &key, body).await.status, 201);
    }
    owner.delete(&driftwood).await.result();
    let events = async || stored(&driftwood).await.len();
    assert_eq!(events().await, 3, "of a number beyond 2,000");
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(events().await, 1, "of a number beyond 20,000");
    for _ in 0..2 {
        driftwood.server.run("users-purge").await.unwrap();
    }
    assert_eq!(events().await, 0);
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(owner.left(&driftwood).await, [""; 0]);
}

#[tokio::test]
async fn concurrent_writes_are_deleted_too() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    for n in 0..6 {
        let owner = verified_full_user(&driftwood, &client).await;
        let token = owner.alice.access_token.clone();
        let post = |name: &'static str, body| driftwood.post_as(&token, name, body);
        let contacts =
            join_all((0..8).map(|m| post("contacts-create", json!({"email": format!("late{n}.{m}@example.com")}))));
        let apps = join_all((0..4).map(|_| post("oauth-apps-create", json!({"name": "Late"}))));
        let logins = join_all((0..4).map(|_| driftwood.login(&owner.alice.email, PASSWORD)));
        let profile = post("users-update", json!({"name": "Late"}));
        let (deleted, _, _, logins, _) = futures_util::join!(owner.delete(&driftwood), contacts, apps, logins, profile);
        if deleted.status != 200 {
            // A concurrent change of the user came first, so the request is repeated.
            deleted.refused(409, "conflict");
            owner.delete(&driftwood).await.result();
        }
        for login in logins.iter().filter(|login| login.status == 200) {
            let session = Alice::from("", &login.result());
            assert!(!driftwood.is_alive(&session.access_token).await);
            assert_eq!(text(&claims(&session.access_token)["sub"]), owner.alice.user_id);
        }
        owner.assert_revoked(&driftwood, &client, "raced").await;
        driftwood.advance(301);
        driftwood.server.run("users-purge").await.unwrap();
        assert_eq!(owner.left(&driftwood).await, [""; 0]);
    }
}
