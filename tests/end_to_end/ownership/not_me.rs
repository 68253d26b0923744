//! “This was not me”: the link in the mail about something that was added to an account.

use serde_json::json;

use super::token_of;
use crate::harness::{Alice, Mail, PASSWORD, TestServer};
use crate::keys::SECRET;
use crate::recovery::{
    NEW, VERIFY, change_password, change_token, confirm, events, last_token, reset, reset_token, verify_as,
};

/// A user with a verified address.
async fn verified(driftwood: &TestServer) -> Alice {
    let alice = driftwood.alice().await;
    verify_as(driftwood, &alice, &last_token(driftwood, &alice.email, VERIFY)).await.result();
    alice
}

/// The latest mail with a subject that begins so.
#[track_caller]
fn notice(driftwood: &TestServer, email: &str, subject: &str) -> Mail {
    let mut mails = driftwood.mail_to(email).into_iter().filter(|mail| mail.subject.starts_with(subject));
    mails.next_back().unwrap_or_else(|| panic!("a mail about {subject:?}"))
}

/// Follows the link, and presses the button.
async fn says_not_me(driftwood: &TestServer, mail: &Mail) {
    let visitor = driftwood.visitor();
    let page = visitor.get(&mail.link()).await;
    assert_eq!(page.heading(), "Was this not you?");
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "Your account is safe");
}

#[tokio::test]
async fn each_binding_is_told_with_what_when_and_from_where() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    driftwood.key_of(&alice, "Backup").await;
    let app = driftwood.program(&alice, json!({"name": "Click http://evil.example"})).await;
    driftwood.post_as(&alice.access_token, "oauth-apps-rotate-secret", json!({"id": app.id})).await.result();
    change_password(&driftwood, &alice, PASSWORD, NEW).await.result();
    for (subject, shown) in [
        ("A key was added to your account", "A user key was added to the account of"),
        ("An app was created in your account", "An app was created in the account of"),
        ("An app in your account at Driftwood got a new secret", "An app in the account of"),
        ("Your password at Driftwood was changed", "The password of the account of"),
    ] {
        let mail = notice(&driftwood, &alice.email, subject);
        assert!(
            mail.text.contains("From the network address 127.0.0.1") && mail.text.contains(" UTC"),
            "{}",
            mail.text
        );
        assert!(!mail.text.contains("evil") && !mail.html.contains("evil"), "nothing that a user typed");
        assert!(mail.link().starts_with("/account/not-me?token=dw_nm_"), "{}", mail.text);
        // Opening the link changes nothing.
        assert!(driftwood.get(&mail.link()).await.text.contains(shown), "{shown}");
        assert!(driftwood.is_alive(&alice.access_token).await);
    }
}

#[tokio::test]
async fn a_key_of_a_thief_ends_with_their_sessions_and_the_password() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    let thief = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    let key = driftwood.key_of(&thief, "Backup").await;
    let script = driftwood.script(&key, SECRET).await;
    let app = driftwood.program(&alice, json!({"name": "Nightly Job"})).await;
    says_not_me(&driftwood, &notice(&driftwood, &alice.email, "A key was added")).await;
    assert!(!driftwood.is_alive(&thief.access_token).await && !driftwood.is_signed_in(&script).await);
    driftwood.authenticate(&key, SECRET).await.refused_resource(401, "invalid_credentials");
    driftwood.login(&alice.email, PASSWORD).await.refused(401, "invalid_credentials");
    assert!(token_of(&driftwood, &app).await.is_some(), "what the notice is not about stays");
    reset(&driftwood, &reset_token(&driftwood, &alice.email).await, NEW).await.result();
    driftwood.login(&alice.email, NEW).await.result();
    assert_eq!(events(&driftwood, "user.binding_disowned").await, ["succeeded"]);
}

#[tokio::test]
async fn an_app_of_a_thief_is_disabled() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    let app = driftwood.program(&alice, json!({"name": "Spyglass"})).await;
    let token = token_of(&driftwood, &app).await.unwrap();
    says_not_me(&driftwood, &notice(&driftwood, &alice.email, "An app was created")).await;
    assert!(!driftwood.is_alive(&token).await);
    assert_eq!(token_of(&driftwood, &app).await, None);
}

#[tokio::test]
async fn a_deleted_app_does_not_stop_the_rest_from_ending() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    let app = driftwood.program(&alice, json!({"name": "Spyglass"})).await;
    driftwood.post_as(&alice.access_token, "oauth-apps-revoke", json!({"id": app.id})).await.result();
    says_not_me(&driftwood, &notice(&driftwood, &alice.email, "An app was created")).await;
    assert!(!driftwood.is_alive(&alice.access_token).await);
}

#[tokio::test]
async fn a_changed_address_comes_back_within_a_week() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    let thief = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    for stolen in ["thief@example.com", "thief.again@example.com"] {
        confirm(&driftwood, &thief, &change_token(&driftwood, &thief, stolen).await).await.result();
    }
    // Meanwhile no other user can have it.
    let body = json!({"email": alice.email, "password": PASSWORD, "name": "Bob"});
    driftwood.post("auth-register", body.clone()).await.refused(409, "email_taken");
    driftwood.advance(6 * 86_400);
    says_not_me(&driftwood, &notice(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed")).await;
    driftwood.login("thief.again@example.com", PASSWORD).await.refused(401, "invalid_credentials");
    reset(&driftwood, &reset_token(&driftwood, &alice.email).await, NEW).await.result();
    let back = driftwood.login(&alice.email, NEW).await.result();
    assert_eq!(
        (back["user"]["id"].as_str(), &back["user"]["email_verified"]),
        (Some(alice.user_id.as_str()), &json!(true))
    );
    let body = json!({"email": "thief.again@example.com", "password": PASSWORD, "name": "Bob"});
    driftwood.post("auth-register", body).await.result();
}

#[tokio::test]
async fn a_thief_who_resets_the_password_at_the_new_address_does_not_keep_the_account() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    let thief = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    confirm(&driftwood, &thief, &change_token(&driftwood, &thief, "thief@example.com").await).await.result();
    reset(&driftwood, &reset_token(&driftwood, "thief@example.com").await, NEW).await.result();
    let thief = Alice::from("thief@example.com", &driftwood.login("thief@example.com", NEW).await.result());
    says_not_me(&driftwood, &notice(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed")).await;
    assert!(!driftwood.is_alive(&thief.access_token).await);
    driftwood.login("thief@example.com", NEW).await.refused(401, "invalid_credentials");
    reset(&driftwood, &reset_token(&driftwood, &alice.email).await, NEW).await.result();
    let back = driftwood.login(&alice.email, NEW).await.result();
    assert_eq!(back["user"]["id"], alice.user_id.as_str());
}

#[tokio::test]
async fn another_link_that_is_followed_first_does_not_keep_the_address_from_coming_back() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    driftwood.key_of(&alice, "Backup").await;
    confirm(&driftwood, &alice, &change_token(&driftwood, &alice, "thief@example.com").await).await.result();
    says_not_me(&driftwood, &notice(&driftwood, &alice.email, "A key was added")).await;
    let mail = notice(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed");
    says_not_me(&driftwood, &mail).await;
    driftwood.get(&mail.link()).await.refused_page(400, "This link does not work any more");
    reset(&driftwood, &reset_token(&driftwood, &alice.email).await, NEW).await.result();
    driftwood.login(&alice.email, NEW).await.result();
}

#[tokio::test]
async fn an_address_that_was_never_verified_has_no_say_after_the_change() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    confirm(&driftwood, &alice, &change_token(&driftwood, &alice, "new@example.com").await).await.result();
    let mail = notice(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed");
    assert!(!mail.has_link() && !mail.text.contains("open the link"), "{}", mail.text);
}

#[tokio::test]
async fn after_a_week_the_former_address_is_free_and_the_link_is_void() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    confirm(&driftwood, &alice, &change_token(&driftwood, &alice, "new@example.com").await).await.result();
    let mail = notice(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed");
    driftwood.advance(7 * 86_400);
    driftwood.get(&mail.link()).await.refused_page(400, "This link does not work any more");
    let body = json!({"email": alice.email, "password": PASSWORD, "name": "Bob"});
    driftwood.post("auth-register", body).await.result();
    driftwood.login("new@example.com", PASSWORD).await.result();
}

#[tokio::test]
async fn the_user_may_return_to_their_former_address_themselves() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    confirm(&driftwood, &alice, &change_token(&driftwood, &alice, "new@example.com").await).await.result();
    confirm(&driftwood, &alice, &change_token(&driftwood, &alice, &alice.email).await).await.result();
    driftwood.login(&alice.email, PASSWORD).await.result();
    // The link of that change has nothing left to undo, and the next change is held for its own week.
    let void = notice(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed").link();
    driftwood.get(&void).await.refused_page(400, "This link does not work any more");
    driftwood.advance(6 * 86_400);
    let alice = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
    confirm(&driftwood, &alice, &change_token(&driftwood, &alice, "newer@example.com").await).await.result();
    driftwood.get(&void).await.refused_page(400, "This link does not work any more");
    driftwood.advance(6 * 86_400);
    says_not_me(&driftwood, &notice(&driftwood, &alice.email, "Your e-mail address at Driftwood was changed")).await;
    reset(&driftwood, &reset_token(&driftwood, &alice.email).await, NEW).await.result();
    driftwood.login(&alice.email, NEW).await.result();
}

#[tokio::test]
async fn a_link_works_once_and_only_as_it_was_mailed() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    driftwood.key_of(&alice, "Backup").await;
    let mail = notice(&driftwood, &alice.email, "A key was added");
    let link = mail.link();
    let at = link.len() - 5;
    let other = if link.as_bytes()[at] == b'A' { "B" } else { "A" };
    let changed = format!("{}{other}{}", &link[..at], &link[at + 1..]);
    let visitor = driftwood.visitor();
    for wrong in [changed.as_str(), "/account/not-me", "/account/not-me?token=", "/account/not-me?token=dw_nm_AAAA"] {
        visitor.get(wrong).await.refused_page(400, "This link does not work any more");
    }
    says_not_me(&driftwood, &mail).await;
    visitor.get(&link).await.refused_page(400, "This link does not work any more");
    // What is set up afterwards is not ended by it.
    reset(&driftwood, &reset_token(&driftwood, &alice.email).await, NEW).await.result();
    let again = Alice::from(&alice.email, &driftwood.login(&alice.email, NEW).await.result());
    visitor.get(&link).await.refused_page(400, "This link does not work any more");
    assert!(driftwood.is_alive(&again.access_token).await);
}

#[tokio::test]
async fn a_deleted_user_leaves_no_trace_of_a_former_address() {
    let driftwood = TestServer::start().await;
    let alice = verified(&driftwood).await;
    confirm(&driftwood, &alice, &change_token(&driftwood, &alice, "new@example.com").await).await.result();
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    let traces = crate::deletion::traces(&driftwood, &[alice.email.as_str(), alice.user_id.as_str()]).await;
    assert_eq!(traces, [""; 0]);
}
