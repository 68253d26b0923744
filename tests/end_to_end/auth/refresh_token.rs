//! `POST /api/auth-refresh-token`

use serde_json::json;

use crate::harness::{Alice, TestServer};

async fn rotate(driftwood: &TestServer, token: &str) -> Alice {
    Alice::from("", &driftwood.refresh(token).await.result())
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_new_tokens() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.advance(901);
    assert!(!driftwood.is_alive(&alice.access_token).await, "the access token has expired");
    let reply = driftwood.refresh(&alice.refresh_token).await;
    assert_eq!(reply.result()["expires_in"], 900);
    let new = Alice::from("", &reply.result());
    assert_ne!(new.refresh_token, alice.refresh_token);
    assert_eq!(new.claims()["sid"], alice.claims()["sid"]);
    assert!(driftwood.is_alive(&new.access_token).await);
}

#[tokio::test]
async fn a_lost_response_or_a_second_tab_gets_the_same_successor() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let first = rotate(&driftwood, &alice.refresh_token).await;
    driftwood.advance(59);
    let again = rotate(&driftwood, &alice.refresh_token).await;
    assert_eq!(again.refresh_token, first.refresh_token);
    assert!(driftwood.is_alive(&again.access_token).await);
    rotate(&driftwood, &first.refresh_token).await;
}

#[tokio::test]
async fn a_token_that_is_replayed_after_the_grace_period_revokes_the_session() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let new = rotate(&driftwood, &alice.refresh_token).await;
    driftwood.advance(60);
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    driftwood.refresh(&new.refresh_token).await.refused(401, "invalid_refresh_token");
    assert!(!driftwood.is_alive(&new.access_token).await, "access tokens are revoked with the session");
}

#[tokio::test]
async fn a_token_two_generations_old_is_theft_even_within_the_grace_period() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let second = rotate(&driftwood, &alice.refresh_token).await;
    let third = rotate(&driftwood, &second.refresh_token).await;
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    driftwood.refresh(&third.refresh_token).await.refused(401, "invalid_refresh_token");
}

#[tokio::test]
async fn without_a_grace_period_a_second_use_is_theft_at_once() {
    let driftwood = TestServer::start_with(&[("RefreshGraceSeconds", "0")]).await;
    let alice = driftwood.alice().await;
    let new = rotate(&driftwood, &alice.refresh_token).await;
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    driftwood.refresh(&new.refresh_token).await.refused(401, "invalid_refresh_token");
}

#[tokio::test]
async fn of_32_refreshes_with_one_token_at_once_all_get_the_one_successor() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let replies = futures_util::future::join_all((0..32).map(|_| driftwood.refresh(&alice.refresh_token))).await;
    let mut successors: Vec<String> =
        replies.iter().map(|reply| Alice::from("", &reply.result()).refresh_token).collect();
    successors.sort();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    rotate(&driftwood, &successors[0]).await;
}

#[tokio::test]
async fn a_session_expires_when_it_is_not_used_and_at_its_end_in_any_case() {
    const DAY: u64 = 86_400;
    let driftwood = TestServer::start().await;
    let idle = driftwood.alice().await;
    driftwood.advance(30 * DAY);
    driftwood.refresh(&idle.refresh_token).await.refused(401, "invalid_refresh_token");
    let mut busy = driftwood.alice().await;
    for _ in 0..4 {
        driftwood.advance(20 * DAY);
        busy = rotate(&driftwood, &busy.refresh_token).await;
    }
    driftwood.advance(10 * DAY - 1);
    busy = rotate(&driftwood, &busy.refresh_token).await;
    driftwood.advance(1);
    driftwood.refresh(&busy.refresh_token).await.refused(401, "invalid_refresh_token");
}

#[tokio::test]
async fn a_disabled_user_loses_access_at_once() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.operator_disables(&alice).await;
    driftwood.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    assert!(!driftwood.is_alive(&alice.access_token).await);
}

#[tokio::test]
async fn a_malformed_or_forged_token_is_refused_without_a_database_call() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    rotate(&driftwood, &alice.refresh_token).await;
    driftwood.calls();
    let mut changed = alice.refresh_token.clone();
    let last = changed.pop().unwrap();
    changed.push(if last == 'A' { 'Q' } else { 'A' });
    for rubbish in [
        "x",
        "dw_rt_",
        "dw_rt_AAAA",
        "dGhpcyBpcyBhIHJlZnJl",
        &changed,
        &alice.access_token,
        &format!("{} ", alice.refresh_token),
    ] {
        driftwood.refresh(rubbish).await.refused(401, "invalid_refresh_token");
    }
    assert_eq!(driftwood.calls(), []);
    assert_eq!(
        driftwood.post("auth-refresh-token", json!({"refresh_token": 1})).await.mistaken_fields(),
        ["refresh_token"]
    );
}

#[tokio::test]
async fn a_refresh_token_of_another_server_is_refused() {
    let (ours, theirs) = (TestServer::start().await, TestServer::start().await);
    let alice = theirs.alice().await;
    ours.refresh(&alice.refresh_token).await.refused(401, "invalid_refresh_token");
    theirs.refresh(&alice.refresh_token).await.result();
}

#[tokio::test]
async fn a_refresh_token_is_no_access_token() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.post_as(&alice.refresh_token, "contacts-list", json!({})).await.refused(401, "invalid_token");
}
