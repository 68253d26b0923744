//! One link, one password, one address: many at once.

use futures_util::future::join_all;
use serde_json::json;

use super::{
    CONFIRM, VERIFY, can_sign_in, change_password, change_token, confirm, events, last_token, mails, reset,
    reset_token, verify,
};
use crate::harness::{PASSWORD, TestServer};

const MANY: usize = 32;

fn password(n: usize) -> String {
    format!("a password of racer {n}")
}

#[tokio::test]
async fn of_32_clicks_on_one_link_to_a_new_password_one_wins() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = reset_token(&driftwood, &alice.email).await;
    let passwords: Vec<String> = (0..MANY).map(password).collect();
    let replies = join_all(passwords.iter().map(|password| reset(&driftwood, &token, password))).await;
    let winners: Vec<usize> = (0..MANY).filter(|n| replies[*n].status == 200).collect();
    assert_eq!(winners.len(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.refused(400, "invalid_link");
    }
    for n in [winners[0], (winners[0] + 1) % MANY, (winners[0] + 17) % MANY] {
        assert_eq!(can_sign_in(&driftwood, &alice.email, &passwords[n]).await, n == winners[0]);
    }
    assert!(!driftwood.is_alive(&alice.access_token).await);
    assert_eq!(mails(&driftwood, &alice.email, "Your password at"), 1);
    assert_eq!(events(&driftwood, "password.reset").await, ["succeeded"]);
}

#[tokio::test]
async fn of_32_verifications_at_once_one_is_recorded_and_all_get_the_same_response() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = last_token(&driftwood, &alice.email, VERIFY);
    for reply in join_all((0..MANY).map(|_| verify(&driftwood, &token))).await {
        assert_eq!(reply.result(), json!({"email_verified": true}));
    }
    assert_eq!(events(&driftwood, "email.verified").await, ["succeeded"]);
}

#[tokio::test]
async fn of_32_changes_of_one_password_one_wins() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let passwords: Vec<String> = (0..MANY).map(password).collect();
    let changes = passwords.iter().map(|password| change_password(&driftwood, &alice, PASSWORD, password));
    let replies = join_all(changes).await;
    let winners: Vec<usize> = (0..MANY).filter(|n| replies[*n].status == 200).collect();
    assert_eq!(winners.len(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        match reply.status {
            409 => _ = reply.refused(409, "conflict"),
            // It came so late that the password was another one already.
            _ => assert_eq!(reply.mistaken_fields(), ["current_password"]),
        }
    }
    assert!(can_sign_in(&driftwood, &alice.email, &passwords[winners[0]]).await);
    assert!(!can_sign_in(&driftwood, &alice.email, PASSWORD).await);
    assert!(driftwood.is_alive(&alice.access_token).await, "the session that they share continues");
    assert_eq!(mails(&driftwood, &alice.email, "Your password at"), 1);
}

#[tokio::test]
async fn of_changes_in_two_sessions_one_wins_and_the_other_session_is_revoked() {
    let driftwood = TestServer::start().await;
    for _ in 0..4 {
        let one = driftwood.alice().await;
        let two = super::signed_in(&driftwood, &one.email, PASSWORD).await;
        let (first, second) = futures_util::future::join(
            change_password(&driftwood, &one, PASSWORD, &password(1)),
            change_password(&driftwood, &two, PASSWORD, &password(2)),
        )
        .await;
        assert_eq!([first.status, second.status].iter().filter(|status| **status == 200).count(), 1);
        assert_eq!(driftwood.is_alive(&one.access_token).await, first.status == 200);
        assert_eq!(driftwood.is_alive(&two.access_token).await, second.status == 200);
    }
}

#[tokio::test]
async fn of_two_users_who_confirm_one_new_address_one_gets_it() {
    let driftwood = TestServer::start().await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let wanted = "wanted@example.com";
    let tokens = [change_token(&driftwood, &alice, wanted).await, change_token(&driftwood, &bob, wanted).await];
    let replies = join_all((0..MANY).map(|n| confirm(&driftwood, [&alice, &bob][n % 2], &tokens[n % 2]))).await;
    let winners: Vec<usize> = (0..MANY).filter(|n| replies[*n].status == 200).collect();
    assert_eq!(winners.len(), 1);
    for (n, reply) in replies.iter().enumerate().filter(|(_, reply)| reply.status != 200) {
        if n % 2 == winners[0] % 2 {
            reply.refused(400, "invalid_link");
        } else {
            reply.refused(409, "email_taken");
        }
    }
    let (winner, loser) = if winners[0].is_multiple_of(2) { (&alice, &bob) } else { (&bob, &alice) };
    let result = driftwood.login(wanted, PASSWORD).await.result();
    assert_eq!(result["user"]["id"], winner.user_id);
    assert!(
        can_sign_in(&driftwood, &loser.email, PASSWORD).await
            && !can_sign_in(&driftwood, &winner.email, PASSWORD).await
    );
    assert_eq!(events(&driftwood, "email.changed").await, ["succeeded"]);
    assert_eq!(driftwood.count_items("Users").await, 6, "two users, each with an account and an address");
}

#[tokio::test]
async fn an_address_that_is_registered_at_the_same_moment_belongs_to_one_user() {
    let driftwood = TestServer::start().await;
    for n in 0..8 {
        let alice = driftwood.alice().await;
        let wanted = format!("wanted{n}@example.com");
        let token = change_token(&driftwood, &alice, &wanted).await;
        let body = json!({"email": wanted, "password": PASSWORD, "name": "Bob"});
        let (confirmed, registered) =
            futures_util::future::join(confirm(&driftwood, &alice, &token), driftwood.post("auth-register", body))
                .await;
        match confirmed.status {
            200 => registered.refused(409, "email_taken"),
            _ => confirmed.refused(409, "email_taken"),
        };
        let user = driftwood.login(&wanted, PASSWORD).await.result()["user"]["id"].clone();
        assert_eq!(user == alice.user_id, confirmed.status == 200);
        assert_eq!(can_sign_in(&driftwood, &alice.email, PASSWORD).await, confirmed.status != 200);
    }
}

#[tokio::test]
async fn of_many_requests_for_a_link_at_once_each_link_is_valid() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for reply in join_all((0..MANY).map(|_| super::forgot(&driftwood, &alice.email))).await {
        reply.result();
    }
    let mut valid = 0;
    for token in super::tokens(&driftwood, &alice.email, super::RESET) {
        let page = driftwood.get(&format!("{}?token={token}", super::RESET)).await;
        valid += usize::from(page.status == 200);
    }
    assert_eq!(valid, MANY);
    assert!(
        driftwood.mail_to("nobody@example.com").is_empty() && last_token(&driftwood, &alice.email, VERIFY).len() > 40
    );
    assert!(super::tokens(&driftwood, &alice.email, CONFIRM).is_empty());
}
