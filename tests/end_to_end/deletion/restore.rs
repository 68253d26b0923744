//! A deletion that its user undoes: `auth-login` with `restore`, the mailed link, and the sign-in pages.

use futures_util::future::{join, join_all, join3};
use serde_json::json;

use super::{FullUser, data_app, delegated, text, traces, verified_full_user};
use crate::harness::{Alice, Forged, OPERATED, PASSWORD, Reply, TestServer, Trouble};
use crate::keys::SECRET;
use crate::recovery::{NEW, RESET, events, last_token, mails, reset};
use crate::upstream::come_with;

const WEEK: u64 = 7 * 86_400;
const GRACE: (&str, &str) = ("DeletionGraceSeconds", "604800");
const PAGE: &str = "/account/restore";

async fn restore(driftwood: &TestServer, email: &str, password: &str) -> Reply {
    driftwood.post("auth-login", json!({"email": email, "password": password, "restore": true})).await
}

async fn delete(driftwood: &TestServer, alice: &Alice) {
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
}

async fn contacts(driftwood: &TestServer, alice: &Alice) -> usize {
    let list = driftwood.post_as(&alice.access_token, "contacts-list", json!({})).await.result();
    list["contacts"].as_array().unwrap().len()
}

/// The link in the mail about the deletion.
fn mailed_link(driftwood: &TestServer, email: &str) -> String {
    let link = driftwood.last_mail_to(email).link();
    assert!(link.starts_with(&format!("{PAGE}?token=dw_rs_")), "{link}");
    link
}

async fn assert_all_is_back(driftwood: &TestServer, owner: &FullUser<'_>, alice: &Alice) {
    assert_eq!((alice.user_id.as_str(), contacts(driftwood, alice).await), (owner.alice.user_id.as_str(), 3));
    let credentials = [("grant_type", "client_credentials")];
    assert_eq!(owner.own_app.token(driftwood, &credentials).await.status, 200);
    for session in [&owner.alice.access_token, text(&owner.delegated["access_token"])] {
        assert!(!driftwood.is_alive(session).await, "sessions ended with the deletion");
    }
    driftwood.refresh(&owner.alice.refresh_token).await.refused(401, "invalid_refresh_token");
    assert_eq!(owner.browser.get("/account").await.header("location"), "/oauth2/authorize/sign-in");
}

#[tokio::test]
async fn a_user_keeps_the_account_with_all_its_data_by_signing_in_to_restore_it() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    let email = owner.alice.email.as_str();
    let until = owner.delete(&driftwood).await.result()["restorable_until"].clone();
    let items = traces(&driftwood, &[&owner.account_id]).await.len();
    for token in [owner.alice.access_token.as_str(), &owner.own, text(&owner.others["access_token"])] {
        assert!(!driftwood.is_alive(token).await, "nothing of the user works");
    }
    restore(&driftwood, email, "not my password").await.refused(401, "invalid_credentials");
    let refused = driftwood.login(email, PASSWORD).await;
    let message = refused.refused(403, "account_deleted")["message"].as_str().unwrap().to_owned();
    assert!(message.contains(text(&until)), "{message}");
    driftwood.advance(WEEK - 1);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(traces(&driftwood, &[&owner.account_id]).await.len(), items, "everything is there");
    let alice = Alice::from(email, &restore(&driftwood, email, PASSWORD).await.result());
    assert_all_is_back(&driftwood, &owner, &alice).await;
    assert_eq!(mails(&driftwood, email, "You keep your account at Driftwood"), 1);
    assert_eq!(events(&driftwood, "user.restored").await, ["succeeded"]);
    driftwood.advance(WEEK);
    driftwood.server.run("users-purge").await.unwrap();
    let alice = Alice::from(email, &driftwood.login(email, PASSWORD).await.result());
    assert_eq!(contacts(&driftwood, &alice).await, 3, "no purge follows");
    driftwood.script(&driftwood.key_of(&alice, "New").await, SECRET).await;
}

#[tokio::test]
async fn the_mail_about_a_deletion_leads_to_a_page_that_undoes_it_once() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    let email = owner.alice.email.as_str();
    owner.delete(&driftwood).await.result();
    let mail = driftwood.last_mail_to(email);
    assert!(
        mail.subject == "Your account at Driftwood was deleted" && mail.text.contains("127.0.0.1"),
        "{}",
        mail.text
    );
    let (link, visitor) = (mailed_link(&driftwood, email), driftwood.visitor());
    for _ in 0..2 {
        let page = visitor.get(&link).await;
        assert!(page.heading() == "Keep your account?" && page.shows(email), "opening it changes nothing");
    }
    driftwood.login(email, PASSWORD).await.refused(403, "account_deleted");
    let page = visitor.get(&link).await;
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "You keep your account");
    visitor.submit(&page, &[]).await.refused_page(400, "This link does not work any more");
    visitor.get(&link).await.refused_page(400, "This link does not work any more");
    let alice = Alice::from(email, &driftwood.login(email, PASSWORD).await.result());
    assert_all_is_back(&driftwood, &owner, &alice).await;
    driftwood.advance(60);
    delete(&driftwood, &alice).await;
    visitor.get(&link).await.refused_page(400, "This link does not work any more");
    assert_eq!(visitor.get(&mailed_link(&driftwood, email)).await.heading(), "Keep your account?");
}

#[tokio::test]
async fn a_link_of_another_kind_or_with_another_character_restores_no_user() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let alice = driftwood.verified_alice().await;
    driftwood.post("auth-forgot-password", json!({"email": alice.email})).await.result();
    let reset_token = last_token(&driftwood, &alice.email, RESET);
    delete(&driftwood, &alice).await;
    let link = mailed_link(&driftwood, &alice.email);
    let other = if link.ends_with('A') { "B" } else { "A" };
    let changed = format!("{}{other}", &link[..link.len() - 1]);
    for link in [changed, format!("{PAGE}?token={reset_token}"), PAGE.to_owned(), format!("{PAGE}?token=dw_rs_")] {
        driftwood.visitor().get(&link).await.refused_page(400, "This link does not work any more");
    }
    reset(&driftwood, &reset_token, NEW).await.refused(400, "invalid_link");
}

#[tokio::test]
async fn the_sign_in_page_leads_a_deleted_user_to_the_same_page() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let page = visitor.get("/account/delete").await;
    let deleted = visitor.submit(&page, &[("password", PASSWORD)]).await;
    assert!(deleted.heading() == "Your account was deleted" && deleted.shows("To keep your account, sign in before."));
    let sign_in = visitor.get("/oauth2/authorize/sign-in").await;
    assert_eq!(visitor.sign_in(&sign_in, &email, "not my password").await.status, 401);
    let page = visitor.follow(visitor.sign_in(&sign_in, &email, PASSWORD).await).await;
    assert_eq!(page.heading(), "Keep your account?");
    assert!(!visitor.cookies().contains_key("dw-sid"), "they are not signed in");
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "You keep your account");
    let sign_in = visitor.get("/oauth2/authorize/sign-in").await;
    let account = visitor.follow(visitor.sign_in(&sign_in, &email, PASSWORD).await).await;
    assert!(account.heading() == "Your account" && account.shows(&email));
}

#[tokio::test]
async fn a_user_of_a_provider_is_led_to_the_same_page() {
    let forged = Forged::start_with(&[GRACE]).await;
    let driftwood = &forged.driftwood;
    let (visitor, email) = (driftwood.visitor(), driftwood.new_email());
    come_with(&forged, &visitor, &email).await;
    let page = visitor.get("/account/delete").await;
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "Your account was deleted");
    let page = come_with(&forged, &visitor, &email).await;
    let page = visitor.follow(page).await;
    assert_eq!(page.heading(), "Keep your account?");
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "You keep your account");
    come_with(&forged, &visitor, &email).await;
    assert!(visitor.get("/account").await.shows(&email));
    assert_eq!(crate::upstream::users(driftwood).await, 1);
}

#[tokio::test]
async fn once_the_grace_period_has_ended_the_data_is_deleted_and_nothing_brings_it_back() {
    let driftwood = TestServer::start_with(&[GRACE, ("AddressHoldSeconds", "1000")]).await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    let email = owner.alice.email.as_str();
    owner.delete(&driftwood).await.result();
    let link = mailed_link(&driftwood, email);
    let register = || driftwood.post("auth-register", json!({"email": email, "password": PASSWORD, "name": "Heir"}));
    register().await.refused(409, "email_taken");
    driftwood.advance(WEEK);
    driftwood.visitor().get(&link).await.refused_page(400, "This link does not work any more");
    restore(&driftwood, email, PASSWORD).await.refused(401, "invalid_credentials");
    driftwood.advance(1);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(owner.left(&driftwood).await, [""; 0]);
    restore(&driftwood, email, PASSWORD).await.refused(401, "invalid_credentials");
    driftwood.visitor().get(&link).await.refused_page(400, "This link does not work any more");
    register().await.refused(409, "email_taken");
    driftwood.advance(1_000);
    register().await.result();
}

#[tokio::test]
async fn an_app_alone_never_deletes_at_once() {
    let driftwood = TestServer::start().await;
    let client = data_app(&driftwood).await;
    let (email, token) = delegated(&driftwood, &client, "openid contact_read gdpr_write").await;
    let deleted = driftwood.post_as(&token, "users-delete", json!({})).await.result();
    assert!(deleted["restorable_until"].is_string(), "{deleted}");
    driftwood.advance(86_399);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(driftwood.visitor().get(&mailed_link(&driftwood, &email)).await.heading(), "Keep your account?");
    restore(&driftwood, &email, PASSWORD).await.result();
    // The user deletes at once where the operator says so.
    let alice = Alice::from(&email, &driftwood.login(&email, PASSWORD).await.result());
    let body = json!({"password": PASSWORD});
    let deleted = driftwood.post_as(&alice.access_token, "users-delete", body).await.result();
    assert_eq!(deleted, json!({"restorable_until": null}));
    restore(&driftwood, &email, PASSWORD).await.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn an_address_that_was_never_verified_is_free_and_its_new_user_keeps_it() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let stranger = driftwood.alice().await;
    delete(&driftwood, &stranger).await;
    let link = mailed_link(&driftwood, &stranger.email);
    let body = json!({"email": stranger.email, "password": NEW, "name": "Owner"});
    let owner = Alice::from(&stranger.email, &driftwood.post("auth-register", body).await.result());
    assert_ne!(owner.user_id, stranger.user_id);
    restore(&driftwood, &stranger.email, PASSWORD).await.refused(401, "invalid_credentials");
    driftwood.advance(WEEK + 1);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(traces(&driftwood, &[&stranger.user_id]).await, [""; 0], "the stranger's account is deleted");
    driftwood.visitor().get(&link).await.refused_page(400, "This link does not work any more");
    assert_eq!(driftwood.login(&stranger.email, NEW).await.result()["user"]["id"], owner.user_id);
}

#[tokio::test]
async fn a_provider_brings_the_owner_of_such_an_address_to_an_account_of_their_own() {
    let forged = Forged::start_with(&[GRACE]).await;
    let driftwood = &forged.driftwood;
    let stranger = driftwood.alice().await;
    delete(driftwood, &stranger).await;
    let visitor = driftwood.visitor();
    come_with(&forged, &visitor, &stranger.email).await;
    assert!(visitor.get("/account").await.shows(&stranger.email));
    assert_eq!(crate::upstream::users(driftwood).await, 2);
    driftwood.advance(WEEK + 1);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(traces(driftwood, &[&stranger.user_id]).await, [""; 0]);
    let again = driftwood.visitor();
    come_with(&forged, &again, &stranger.email).await;
    assert!(again.get("/account").await.shows(&stranger.email), "the purge of the stranger left it");
}

#[tokio::test]
async fn of_32_that_restore_at_once_one_does() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let alice = driftwood.verified_alice().await;
    delete(&driftwood, &alice).await;
    let link = mailed_link(&driftwood, &alice.email);
    let visitors: Vec<_> = (0..32).map(|_| driftwood.visitor()).collect();
    let pages = join_all(visitors.iter().map(|visitor| visitor.get(&link))).await;
    let done = join_all(visitors.iter().zip(&pages).map(|(visitor, page)| visitor.submit(page, &[]))).await;
    assert_eq!(done.iter().filter(|reply| reply.status == 200).count(), 1);
    assert!(done.iter().all(|reply| [200, 400, 409].contains(&reply.status)));
    assert_eq!(events(&driftwood, "user.restored").await, ["succeeded"]);
    assert_eq!(mails(&driftwood, &alice.email, "You keep"), 1);
    driftwood.login(&alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn a_restoration_that_is_late_leaves_no_half_of_a_user() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    owner.delete(&driftwood).await.result();
    let late = driftwood.pause("TransactWriteItems UsersTable");
    let purge = async {
        late.has_come().await;
        driftwood.advance(WEEK + 1);
        driftwood.server.run("users-purge").await.unwrap();
        late.resume();
    };
    let (restored, ()) = join(restore(&driftwood, &owner.alice.email, PASSWORD), purge).await;
    restored.refused(409, "conflict");
    assert_eq!(owner.left(&driftwood).await, [""; 0]);
}

#[tokio::test]
async fn a_purge_that_is_late_deletes_nothing_of_a_restored_user() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let client = driftwood.spa().await;
    let owner = verified_full_user(&driftwood, &client).await;
    owner.delete(&driftwood).await.result();
    // The clock of the function that purges is ahead.
    let page = driftwood.visitor();
    let form = page.get(&mailed_link(&driftwood, &owner.alice.email)).await;
    let late = driftwood.pause("TransactWriteItems UsersTable");
    let first_write = driftwood.pause("UpdateItem UsersTable");
    let purge = async {
        late.has_come().await;
        driftwood.advance(WEEK + 1);
        driftwood.server.run("users-purge").await.unwrap();
    };
    let restore = async {
        let restored = page.submit(&form, &[]).await;
        first_write.resume();
        restored
    };
    let resume = async {
        first_write.has_come().await;
        late.resume();
    };
    let (restored, (), ()) = join3(restore, purge, resume).await;
    assert_eq!(restored.heading(), "You keep your account");
    let email = owner.alice.email.as_str();
    let alice = Alice::from(email, &driftwood.login(email, PASSWORD).await.result());
    assert_all_is_back(&driftwood, &owner, &alice).await;
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(contacts(&driftwood, &alice).await, 3);
}

#[tokio::test]
async fn a_purge_that_is_interrupted_when_the_grace_period_ends_is_completed_by_the_next_one() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let client = driftwood.spa().await;
    for trouble in [Trouble::Throttled, Trouble::ResponseLost] {
        for (operation, count) in
            [("Query", 3), ("UpdateItem", 2), ("BatchWriteItem", 2), ("TransactWriteItems", 1), ("DeleteItem", 1)]
        {
            for step in 0..count {
                let context = format!("{operation} {step} {trouble:?}");
                let owner = verified_full_user(&driftwood, &client).await;
                owner.delete(&driftwood).await.result();
                driftwood.advance(WEEK + 1);
                driftwood.inject_fault_in("users-purge", operation, Trouble::Nothing, step);
                driftwood.inject_fault_in("users-purge", operation, trouble, 50);
                assert!(driftwood.server.run("users-purge").await.is_err(), "{context}");
                assert!(driftwood.clear_faults() > 0, "{context}");
                restore(&driftwood, &owner.alice.email, PASSWORD).await.refused(401, "invalid_credentials");
                driftwood.server.run("users-purge").await.unwrap();
                assert_eq!(owner.left(&driftwood).await, [""; 0], "{context}");
            }
        }
    }
}

#[tokio::test]
async fn operators_see_that_a_user_deleted_their_account() {
    let driftwood = TestServer::start_with(&[GRACE, OPERATED]).await;
    let (operator, alice) = (driftwood.operator().await, driftwood.verified_alice().await);
    let found = async || {
        let body = json!({"email": alice.email});
        driftwood.post_as(&operator.access_token, "users-list", body).await.result()["users"][0].clone()
    };
    assert!(found().await["deleted_at"].is_null());
    delete(&driftwood, &alice).await;
    assert!(found().await["deleted_at"].is_string());
    restore(&driftwood, &alice.email, PASSWORD).await.result();
    assert!(found().await["deleted_at"].is_null());
}

#[tokio::test]
async fn a_restoration_survives_faults_and_happens_once() {
    let driftwood = TestServer::start_with(&[GRACE]).await;
    let alice = driftwood.verified_alice().await;
    let mut times = 0;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        for lasting in [1, 50] {
            let before = Alice::from(&alice.email, &driftwood.login(&alice.email, PASSWORD).await.result());
            delete(&driftwood, &before).await;
            driftwood.inject_fault_in("auth-login", "TransactWriteItems", trouble, lasting);
            let reply = restore(&driftwood, &alice.email, PASSWORD).await;
            assert!(driftwood.clear_faults() > 0, "{trouble:?}");
            if lasting == 1 {
                reply.result();
            } else {
                reply.refused(503, "unavailable");
                // The user repeats what was not answered, and finds it done or does it.
                restore(&driftwood, &alice.email, PASSWORD).await.result();
            }
            times += 1;
            assert_eq!(events(&driftwood, "user.restored").await.len(), times, "{trouble:?} {lasting}");
            assert!(!driftwood.is_alive(&before.access_token).await);
            driftwood.advance(600);
        }
    }
}
