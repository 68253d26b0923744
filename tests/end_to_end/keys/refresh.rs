//! `POST /refresh`

use futures_util::future::join_all;

use super::{Script, text};
use crate::harness::{PASSWORD, TestServer};
use crate::oauth::metadata::rotate;

const DAY: u64 = 86_400;

async fn script(driftwood: &TestServer) -> Script {
    driftwood.script(&driftwood.key_of_new_user("nightly-job").await, PASSWORD).await
}

/// The operations since the last call, sorted.
fn operations(driftwood: &TestServer) -> Vec<String> {
    let mut operations: Vec<String> = driftwood.calls().into_iter().map(|call| call.operation).collect();
    operations.sort();
    operations
}

#[tokio::test]
async fn the_token_stays_the_same_and_is_valid_for_a_year_after_each_use() {
    let driftwood = TestServer::start().await;
    let script = script(&driftwood).await;
    let refreshed = || driftwood.refresh_key(&script.refresh_token);
    for _ in 0..3 {
        let reply = refreshed().await;
        assert!(driftwood.is_alive(&text(&reply.json()["access_token"])).await);
    }
    for _ in 0..3 {
        driftwood.advance(365 * DAY - 1);
        assert_eq!(refreshed().await.status, 200);
    }
    driftwood.advance(365 * DAY);
    refreshed().await.refused_resource(401, "invalid_refresh_token");
    driftwood.advance(1);
    refreshed().await.refused_resource(401, "invalid_refresh_token");
}

#[tokio::test]
async fn a_token_is_valid_after_the_signing_keys_were_rotated() {
    let driftwood = TestServer::start().await;
    let script = script(&driftwood).await;
    for name in ["one", "two", "three"] {
        rotate(&driftwood, name).await;
        driftwood.advance(100 * DAY);
        assert_eq!(driftwood.refresh_key(&script.refresh_token).await.status, 200);
    }
}

#[tokio::test]
async fn a_refresh_costs_one_batch_and_once_a_day_two_writes() {
    let driftwood = TestServer::start().await;
    let script = script(&driftwood).await;
    driftwood.refresh_key(&script.refresh_token).await.json();
    driftwood.calls();
    for (passed, expected) in [
        (0, vec!["BatchGetItem"]),
        (DAY - 600, vec!["BatchGetItem"]),
        (600, vec!["BatchGetItem", "UpdateItem", "UpdateItem"]),
        (60, vec!["BatchGetItem"]),
    ] {
        driftwood.advance(passed);
        // A process reads its keys again when their cache expires.
        driftwood.refresh_key(&script.refresh_token).await;
        let calls = operations(&driftwood).into_iter().filter(|name| !name.starts_with("Get"));
        assert_eq!(calls.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn all_of_32_concurrent_refreshes_succeed() {
    let driftwood = TestServer::start().await;
    let script = script(&driftwood).await;
    driftwood.advance(DAY);
    let replies = join_all((0..32).map(|_| driftwood.refresh_key(&script.refresh_token))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
}

#[tokio::test]
async fn a_malformed_token_costs_no_call() {
    let driftwood = TestServer::start().await;
    let script = script(&driftwood).await;
    driftwood.refresh_key(&script.refresh_token).await;
    driftwood.calls();
    let token = &script.refresh_token;
    for invalid in ["", "x", "dw_rt_", &token[..token.len() - 1], &format!("{token}A"), &token[6..]] {
        driftwood.refresh_key(invalid).await.refused_resource(401, "invalid_refresh_token");
    }
    assert_eq!(operations(&driftwood), [""; 0]);
}

#[tokio::test]
async fn a_token_with_a_changed_character_is_refused() {
    let driftwood = TestServer::start().await;
    let script = script(&driftwood).await;
    for position in (6..script.refresh_token.len()).step_by(5) {
        let mut changed = script.refresh_token.clone();
        let character = if changed.as_bytes()[position] == b'A' { "B" } else { "A" };
        changed.replace_range(position..=position, character);
        driftwood.refresh_key(&changed).await.refused_resource(401, "invalid_refresh_token");
    }
    assert!(driftwood.is_signed_in(&script).await);
}

#[tokio::test]
async fn tokens_of_other_kinds_are_refused_and_not_spent() {
    let driftwood = TestServer::start().await;
    let script = script(&driftwood).await;
    let alice = driftwood.alice().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let app = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    let apps = text(&app["refresh_token"]);
    for other in [&alice.refresh_token, &apps, &script.access_token, &script.user_key] {
        driftwood.refresh_key(other).await.refused_resource(401, "invalid_refresh_token");
    }
    driftwood.refresh(&script.refresh_token).await.refused(401, "invalid_refresh_token");
    client.refresh(&driftwood, &script.refresh_token).await.refused_oauth(400, "invalid_grant");
    assert_eq!(client.introspect(&driftwood, &script.refresh_token).await["active"], false);
    assert_eq!(
        client.introspect(&driftwood, &script.access_token).await["active"],
        false,
        "a client cannot introspect it"
    );
    assert_eq!(client.revoke(&driftwood, &script.refresh_token).await.status, 200);
    assert!(driftwood.is_signed_in(&script).await, "a client revokes its own tokens only");
    driftwood.refresh(&alice.refresh_token).await.result();
    client.refresh(&driftwood, &apps).await.json()["access_token"].as_str().unwrap();
}
