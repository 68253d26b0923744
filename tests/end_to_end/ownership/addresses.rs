//! An address belongs to the user who proves it: an unproven claim yields and expires.

use serde_json::json;

use crate::harness::{OPERATED, PASSWORD, TestServer};
use crate::keys::SECRET;
use crate::recovery::{VERIFY, events, last_token, verify_as};

const DAYS: u64 = 86_400;

fn registration(email: &str) -> serde_json::Value {
    json!({"email": email, "password": PASSWORD, "name": "Olivia Owner"})
}

#[tokio::test]
async fn an_address_that_was_never_verified_is_free_once_the_account_is_deleted() {
    let driftwood = TestServer::start_with(&[("AddressHoldSeconds", "2592000")]).await;
    let (stranger, verified) = (driftwood.alice().await, driftwood.verified_alice().await);
    for user in [&stranger, &verified] {
        driftwood.post_as(&user.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    }
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    driftwood.post("auth-register", registration(&stranger.email)).await.result();
    driftwood.post("auth-register", registration(&verified.email)).await.refused(409, "email_taken");
}

#[tokio::test]
async fn an_account_with_which_nothing_was_done_gives_its_unverified_address_up_after_three_days() {
    let driftwood = TestServer::start().await;
    let stranger = driftwood.alice().await;
    driftwood.advance(3 * DAYS - 1);
    driftwood.post("auth-register", registration(&stranger.email)).await.refused(409, "email_taken");
    driftwood.advance(1);
    let owner = driftwood.post("auth-register", registration(&stranger.email)).await.result();
    assert_ne!(owner["user"]["id"], stranger.user_id.as_str());
    let signed_in = driftwood.login(&stranger.email, PASSWORD).await.result();
    assert_eq!(signed_in["user"]["id"], owner["user"]["id"]);
    driftwood.post("auth-register", registration(&stranger.email)).await.refused(409, "email_taken");
}

#[tokio::test]
async fn an_account_that_is_used_keeps_its_address() {
    let driftwood = TestServer::start().await;
    let users = [(); 6].map(|()| driftwood.alice());
    let users: Vec<_> = futures_util::future::join_all(users).await;
    let [signed_in, refreshed, keyed, developer, address_book, verified] = users.as_slice() else { unreachable!() };
    driftwood.login(&signed_in.email, PASSWORD).await.result();
    driftwood.key_of(keyed, "Backup").await;
    driftwood.program(developer, json!({"name": "Job"})).await;
    let contact = json!({"name": "Carol", "email": "carol@example.com"});
    driftwood.post_as(&address_book.access_token, "contacts-create", contact).await.result();
    verify_as(&driftwood, verified, &last_token(&driftwood, &verified.email, VERIFY)).await.result();
    driftwood.advance(60);
    driftwood.refresh(&refreshed.refresh_token).await.result();
    driftwood.advance(4 * DAYS);
    for user in &users {
        driftwood.post("auth-register", registration(&user.email)).await.refused(409, "email_taken");
        let user_now = driftwood.login(&user.email, PASSWORD).await.result();
        assert_eq!(user_now["user"]["id"], user.user_id.as_str());
    }
}

#[tokio::test]
async fn where_no_mail_is_sent_no_address_expires() {
    let driftwood = TestServer::start_with(&[("MailFrom", ""), ("MailIdentity", "")]).await;
    let alice = driftwood.alice().await;
    driftwood.advance(30 * DAYS);
    driftwood.post("auth-register", registration(&alice.email)).await.refused(409, "email_taken");
}

#[tokio::test]
async fn of_many_who_register_with_an_expired_address_one_gets_it() {
    let driftwood = TestServer::start().await;
    let stranger = driftwood.alice().await;
    driftwood.advance(3 * DAYS);
    let all = (0..8).map(|_| driftwood.post("auth-register", registration(&stranger.email)));
    let replies = futures_util::future::join_all(all).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.refused(409, "email_taken");
    }
}

#[tokio::test]
async fn where_it_is_required_apps_wait_for_the_verified_address() {
    let driftwood = TestServer::start_with(&[("RequireVerifiedEmail", "true")]).await;
    let developer = driftwood.verified_alice().await;
    let client = driftwood.spa().await;
    let new = driftwood.alice().await;
    let create = |token: String| {
        let driftwood = &driftwood;
        async move { driftwood.post_as(&token, "oauth-apps-create", json!({"name": "New"})).await }
    };
    create(new.access_token.clone()).await.refused(403, "email_not_verified");
    let reply = driftwood.post_json("/api/v1/apps", &new.access_token, json!({"name": "New"})).await;
    reply.refused_resource(403, "email_not_verified");
    // Everything else works.
    driftwood.post_as(&new.access_token, "contacts-list", json!({})).await.result();
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let consent = visitor.authorize(&client, &[]).await;
    visitor.allow(&consent).await.refused_page(403, "Please confirm your address");
    visitor.submit(&visitor.get(&driftwood.last_mail_to(&email).link()).await, &[("action", "confirm")]).await;
    let answer = visitor.approve(&client, &[]).await;
    assert_eq!(client.exchange(&driftwood, answer.code()).await.status, 200);
    // An app whose creator's address is no longer verified waits, too.
    let app = driftwood.program(&developer, json!({"name": "Job"})).await;
    driftwood.program_token(&app).await.result();
    driftwood.remove_user_attribute(&developer, "email_verified_at").await;
    driftwood.program_token(&app).await.refused(400, "unauthorized_client");
}

#[tokio::test]
async fn an_operator_marks_an_address_as_verified_and_nothing_ends() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.alice().await);
    let key = driftwood.key_of(&alice, "Backup").await;
    let verify = |token: String| {
        let (driftwood, id) = (&driftwood, alice.user_id.clone());
        async move { driftwood.post_as(&token, "users-verify", json!({"id": id})).await }
    };
    verify(alice.access_token.clone()).await.refused(403, "forbidden");
    for _ in 0..2 {
        let user = verify(operator.access_token.clone()).await.result()["user"].clone();
        assert_eq!(user["email_verified"], true);
    }
    driftwood.script(&key, SECRET).await;
    assert!(driftwood.is_alive(&alice.access_token).await);
    assert_eq!(events(&driftwood, "email.verified").await, ["succeeded"]);
    let unknown = json!({"id": "01997042-7b50-7d3c-8a2f-0c1d2e3f4a5c"});
    driftwood.post_as(&operator.access_token, "users-verify", unknown).await.refused(404, "not_found");
    let script = driftwood.script(&driftwood.key_of_new_user("nightly-job").await, PASSWORD).await;
    let id = crate::harness::claims(&script.access_token)["user_id"].clone();
    driftwood.post_as(&operator.access_token, "users-verify", json!({"id": id})).await.refused(409, "conflict");
}
