//! `POST /api/auth-forgot-password`, `POST /api/auth-reset-password` and their pages

use serde_json::json;

use super::{
    FORGOT, NEW, RESET, VERIFY, ask_to_verify, can_sign_in, change_password, change_token, confirm, events, forgot,
    last_token, mails, reset, reset_token, signed_in, tokens,
};
use crate::harness::{PASSWORD, TestServer};

const SIGN_IN: &str = "/oauth2/authorize/sign-in";

#[tokio::test]
async fn a_user_who_forgot_their_password_resets_it_by_a_link() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    assert_eq!(forgot(&driftwood, &alice.email.to_uppercase()).await.result(), json!({}));
    let mail = driftwood.last_mail_to(&alice.email);
    assert!(mail.link().starts_with(RESET) && mail.html.contains(&format!("href=\"{}{}", driftwood.server.url, RESET)));
    let reply = reset(&driftwood, &mail.token(), NEW).await;
    assert_eq!((reply.result(), reply.header("set-cookie")), (json!({}), ""), "it signs no user in");
    assert!(can_sign_in(&driftwood, &alice.email, NEW).await);
    assert!(!can_sign_in(&driftwood, &alice.email, PASSWORD).await);
    assert_eq!(mails(&driftwood, &alice.email, "Your password at"), 1);
    let again = signed_in(&driftwood, &alice.email, NEW).await;
    assert_eq!(ask_to_verify(&driftwood, &again).await.result()["email_verified"], true, "the link was in its mail");
}

#[tokio::test]
async fn a_reset_revokes_every_session_and_every_app_of_the_user() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let (phone, bystander) = (driftwood.visitor(), driftwood.alice().await);
    let email = phone.signed_up().await;
    let offline = [("scope", "openid contact_read offline_access")];
    let tokens = client.exchange(&driftwood, phone.approve(&client, &offline).await.code()).await.json();
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    let (one, two) = (signed_in(&driftwood, &email, PASSWORD).await, signed_in(&driftwood, &email, PASSWORD).await);
    let code = phone.approve(&client, &offline).await.code().to_owned();
    assert!(driftwood.is_alive(access).await);
    let token = reset_token(&driftwood, &email).await;
    reset(&driftwood, &token, NEW).await.result();
    for session in [&one, &two] {
        assert!(!driftwood.is_alive(&session.access_token).await);
        driftwood.refresh(&session.refresh_token).await.refused(401, "invalid_refresh_token");
    }
    assert_eq!(phone.get("/account").await.header("location"), SIGN_IN);
    assert!(!driftwood.is_alive(access).await);
    client.refresh(&driftwood, refresh).await.refused_oauth(400, "invalid_grant");
    client.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    assert!(driftwood.is_alive(&bystander.access_token).await);
}

#[tokio::test]
async fn the_pages_lead_from_the_sign_in_and_back_to_it() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let email = driftwood.alice().await.email;
    let sign_in = visitor.authorize(&client, &[]).await;
    let page = visitor.get(&sign_in.link_to(FORGOT)).await;
    assert_eq!(page.heading(), "Forgot your password?");
    let sent = visitor.submit(&page, &[("email", &email)]).await;
    assert_eq!(sent.heading(), "Check your mail");
    let back = sent.link_to(SIGN_IN);
    assert_eq!(page.link_to(SIGN_IN), back);
    // The mail is read on another device.
    let elsewhere = driftwood.visitor();
    let page = elsewhere.get(&driftwood.last_mail_to(&email).link()).await;
    assert_eq!(page.heading(), "Choose a new password");
    assert!(page.shows(&email), "password managers need the address");
    driftwood.keep_secret(NEW);
    let done = elsewhere.submit(&page, &[("password", NEW)]).await;
    assert_eq!(done.heading(), "Your password was changed");
    assert!(!elsewhere.cookies().contains_key("dw-sid"), "it signs no user in");
    assert_eq!(elsewhere.get("/account").await.header("location"), SIGN_IN);
    // The app still waits.
    let consent = visitor.sign_in(&visitor.get(&back).await, &email, NEW).await;
    client.answer(&visitor.allow(&consent).await).code();
}

#[tokio::test]
async fn opening_the_form_changes_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = reset_token(&driftwood, &alice.email).await;
    let (users, links) = (driftwood.items("Users").await, driftwood.items("Authorizations").await);
    for _ in 0..3 {
        driftwood.get(&format!("{RESET}?token={token}")).await.heading();
        let head = driftwood.send(reqwest::Method::HEAD, &format!("{RESET}?token={token}"), &[], "").await;
        assert!(head.status == 200 || head.status == 405, "{}", head.status);
    }
    assert_eq!((driftwood.items("Users").await, driftwood.items("Authorizations").await), (users, links));
    assert!(driftwood.is_alive(&alice.access_token).await);
    reset(&driftwood, &token, NEW).await.result();
}

#[tokio::test]
async fn a_link_works_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = reset_token(&driftwood, &alice.email).await;
    let visitor = driftwood.visitor();
    let page = visitor.get(&format!("{RESET}?token={token}")).await;
    reset(&driftwood, &token, NEW).await.result();
    let hashes = driftwood.hashes("auth-reset-password");
    reset(&driftwood, &token, "somebody elses password").await.refused(400, "invalid_link");
    assert_eq!(driftwood.hashes("auth-reset-password"), hashes, "an invalid link costs no hash");
    let refused = visitor.submit(&page, &[("password", "somebody elses password")]).await;
    refused.refused_page(400, "This link does not work any more");
    assert_eq!(refused.link_to(FORGOT), FORGOT);
    driftwood.get(&format!("{RESET}?token={token}")).await.refused_page(400, "This link does not work any more");
    assert!(can_sign_in(&driftwood, &alice.email, NEW).await);
    assert_eq!(mails(&driftwood, &alice.email, "Your password at"), 1);
    assert_eq!(events(&driftwood, "password.reset").await, ["succeeded"]);
}

#[tokio::test]
async fn a_link_works_for_60_minutes() {
    let driftwood = TestServer::start().await;
    let (early, late) = (driftwood.alice().await, driftwood.alice().await);
    let tokens = [reset_token(&driftwood, &early.email).await, reset_token(&driftwood, &late.email).await];
    driftwood.advance(3_599);
    reset(&driftwood, &tokens[0], NEW).await.result();
    driftwood.advance(1);
    reset(&driftwood, &tokens[1], NEW).await.refused(400, "invalid_link");
    driftwood.get(&format!("{RESET}?token={}", tokens[1])).await.refused_page(400, "This link does not work any more");
}

#[tokio::test]
async fn a_link_that_another_party_requests_voids_none_before_one_is_used() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let links = [reset_token(&driftwood, &alice.email).await, reset_token(&driftwood, &alice.email).await];
    for token in &links {
        assert_eq!(driftwood.get(&format!("{RESET}?token={token}")).await.heading(), "Choose a new password");
    }
    reset(&driftwood, &links[0], NEW).await.result();
    reset(&driftwood, &links[1], "a third long password").await.refused(400, "invalid_link");
    assert!(can_sign_in(&driftwood, &alice.email, NEW).await);
}

#[tokio::test]
async fn a_link_is_void_once_anything_changes_that_it_depends_on() {
    let driftwood = TestServer::start().await;
    let users = [(); 5].map(|()| driftwood.alice());
    let [changed, reset_before, moved, signed_out, disabled] =
        futures_util::future::join_all(users).await.try_into().unwrap();
    let mut tokens = Vec::new();
    for user in [&changed, &reset_before, &moved, &signed_out, &disabled] {
        tokens.push(reset_token(&driftwood, &user.email).await);
    }
    change_password(&driftwood, &changed, PASSWORD, NEW).await.result();
    reset(&driftwood, &tokens[1], NEW).await.result();
    let link = change_token(&driftwood, &moved, "moved@example.com").await;
    confirm(&driftwood, &moved, &link).await.result();
    driftwood.post_as(&signed_out.access_token, "auth-logout", json!({"everywhere": true})).await.result();
    driftwood.operator_disables(&disabled).await;
    for token in &tokens {
        reset(&driftwood, token, "a third long password").await.refused(400, "invalid_link");
        driftwood.get(&format!("{RESET}?token={token}")).await.refused_page(400, "This link does not work any more");
    }
}

#[tokio::test]
async fn a_disabled_or_deleted_user_gets_no_mail() {
    let driftwood = TestServer::start().await;
    let (disabled, deleted) = (driftwood.alice().await, driftwood.alice().await);
    driftwood.operator_disables(&disabled).await;
    driftwood.post_as(&deleted.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    for email in [disabled.email.as_str(), &deleted.email, "nobody@example.com"] {
        assert_eq!(forgot(&driftwood, email).await.result(), json!({}));
        assert_eq!(tokens(&driftwood, email, RESET), [""; 0]);
    }
    assert_eq!(driftwood.count_items("Mail").await, 0, "and the items for unknown addresses are deleted");
}

#[tokio::test]
async fn a_password_that_the_policy_refuses_leaves_the_link_as_it_was() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = reset_token(&driftwood, &alice.email).await;
    for bad in ["fourteen-chars", "1q2w3e4r5t6y7u8i9o0p", &alice.email, "my name is Alice Arden", &"x".repeat(257)] {
        assert_eq!(reset(&driftwood, &token, bad).await.mistaken_fields(), ["password"], "{bad}");
    }
    assert_eq!(driftwood.hashes("auth-reset-password"), 0, "what is refused is not hashed");
    let visitor = driftwood.visitor();
    let page = visitor.get(&format!("{RESET}?token={token}")).await;
    let again = visitor.submit(&page, &[("password", "short")]).await;
    assert_eq!((again.status, again.heading()), (400, "Choose a new password".to_owned()));
    driftwood.keep_secret(NEW);
    assert_eq!(visitor.submit(&again, &[("password", NEW)]).await.heading(), "Your password was changed");
}

#[tokio::test]
async fn no_table_stores_a_token_before_or_after_it_was_mailed() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.server.mailbox.inject_fault(local::MailTrouble::Refused, 10);
    forgot(&driftwood, &alice.email).await.result();
    assert_eq!(driftwood.count_items("Mail").await, 1, "it waits");
    let mut stored = Vec::new();
    for table in ["Authorizations", "Mail", "Audit", "Users"] {
        stored.push(format!("{:?}", driftwood.items(table).await));
    }
    driftwood.server.mailbox.inject_fault(local::MailTrouble::Refused, 0);
    driftwood.advance(120);
    driftwood.server.run("mail-send").await.unwrap();
    let tokens = [last_token(&driftwood, &alice.email, RESET), last_token(&driftwood, &alice.email, VERIFY)];
    stored.push(format!("{:?}", driftwood.items("Authorizations").await));
    for token in &tokens {
        // The user's id is in front, and the secret follows it.
        let secret = &token[token.len() - 40..];
        assert!(stored.iter().all(|stored| !stored.contains(secret) && !stored.contains("dw_ml_")));
    }
    reset(&driftwood, &tokens[0], NEW).await.result();
}

#[tokio::test]
async fn the_well_known_address_leads_password_managers_to_the_page() {
    let driftwood = TestServer::start().await;
    let reply = driftwood.get("/.well-known/change-password").await;
    assert_eq!((reply.status, reply.header("location")), (303, "/account/change-password"));
}
