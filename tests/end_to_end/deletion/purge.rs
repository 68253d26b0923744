//! `users-purge`: it deletes what a request had no time for.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use serde_json::json;

use super::text;
use crate::harness::{Alice, PASSWORD, TestServer};
use crate::recovery::mails;

/// Puts many contacts of an account directly into the table.
async fn fill(driftwood: &TestServer, alice: &Alice, count: usize) {
    let account = text(&alice.claims()["account_id"]).to_owned();
    let all: Vec<usize> = (0..count).collect();
    for some in all.chunks(25) {
        let put = |n: &usize| {
            let text = |text: String| AttributeValue::S(text);
            let put = PutRequest::builder()
                .item("pk", text(format!("account#{account}")))
                .item("sk", text(format!("contact#{n:05}")))
                .build()
                .unwrap();
            WriteRequest::builder().put_request(put).build()
        };
        let writes: Vec<WriteRequest> = some.iter().map(put).collect();
        let table = driftwood.server.table("Contacts");
        driftwood.server.dynamodb.batch_write_item().request_items(table, writes).send().await.unwrap();
    }
}

async fn contacts(driftwood: &TestServer) -> usize {
    driftwood.count_items("Contacts").await
}

#[tokio::test]
async fn items_beyond_the_limit_of_a_request_are_deleted_later() {
    let driftwood = TestServer::start().await;
    let (alice, bystander) = (driftwood.verified_alice().await, driftwood.verified_alice().await);
    fill(&driftwood, &alice, 620).await;
    fill(&driftwood, &bystander, 30).await;
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    assert_eq!(contacts(&driftwood).await, 150, "a request deletes 500");
    assert!(!driftwood.is_alive(&alice.access_token).await);
    driftwood.login(&alice.email, PASSWORD).await.refused(401, "invalid_credentials");
    let body = json!({"email": alice.email, "password": PASSWORD, "name": "Heir"});
    driftwood.post("auth-register", body).await.refused(409, "email_taken");
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(contacts(&driftwood).await, 30);
    driftwood.advance(301);
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(super::traces(&driftwood, &[&alice.user_id, text(&alice.claims()["account_id"])]).await, [""; 0]);
    assert_eq!(mails(&driftwood, &alice.email, "Your account at"), 1);
    driftwood.login(&bystander.email, PASSWORD).await.result();
}

#[tokio::test]
async fn the_attempts_of_webhooks_are_deleted_before_the_apps_by_which_they_are_found() {
    let driftwood = TestServer::start().await;
    let (alice, bystander) = (driftwood.verified_alice().await, driftwood.verified_alice().await);
    let settings = json!({"name": "Receiver", "redirect_uris": ["https://own.example/cb"]});
    let mut webhooks = Vec::new();
    for (user, count) in [(&alice, 600), (&alice, 1), (&bystander, 3)] {
        let client = driftwood.client_of(user, settings.clone()).await;
        webhooks.push(driftwood.webhook(&client, "https://own.example/webhooks", &["*"]).await);
        driftwood.attempted(webhooks[webhooks.len() - 1], user, count).await;
    }
    driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    let left = async || {
        let items = driftwood.items("Webhooks").await;
        ["attempt#", "webhooks"]
            .map(|kind| items.iter().filter(|item| item["sk"].as_s().unwrap().starts_with(kind)).count())
    };
    let [attempts, settings] = left().await;
    assert!(
        (104..=105).contains(&attempts) && settings >= 2,
        "a request deletes 500: {attempts} and {settings} are left"
    );
    let apps = driftwood.items("Apps").await;
    assert_eq!(apps.iter().filter(|item| item["sk"].as_s().unwrap() == "app").count(), 3, "and no app yet");
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(left().await, [3, 1], "those of the other user");
    driftwood.server.run("users-purge").await.unwrap();
    assert_eq!(left().await, [3, 1]);
}

#[tokio::test]
async fn item_counts_around_the_limit_of_a_request_are_deleted() {
    for count in [499, 500, 501] {
        let driftwood = TestServer::start().await;
        let alice = driftwood.verified_alice().await;
        fill(&driftwood, &alice, count).await;
        driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
        assert_eq!(contacts(&driftwood).await, count.saturating_sub(500));
        driftwood.server.run("users-purge").await.unwrap();
        driftwood.advance(301);
        driftwood.server.run("users-purge").await.unwrap();
        assert_eq!(super::traces(&driftwood, &[&alice.user_id]).await, [""; 0], "{count}");
        assert_eq!(driftwood.count_items("Users").await, 1, "the address that is held");
    }
}

#[tokio::test]
async fn it_runs_repeatedly_and_concurrently_for_many_users() {
    let driftwood = TestServer::start().await;
    let other = driftwood.verified_alice().await;
    let mut users = Vec::new();
    for _ in 0..4 {
        let alice = driftwood.verified_alice().await;
        fill(&driftwood, &alice, 510).await;
        driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
        users.push(alice);
    }
    assert_eq!(contacts(&driftwood).await, 40);
    let runs = futures_util::future::join_all((0..8).map(|_| driftwood.server.run("users-purge"))).await;
    assert!(runs.iter().all(Result::is_ok), "{runs:?}");
    assert_eq!(contacts(&driftwood).await, 0);
    driftwood.advance(301);
    let runs = futures_util::future::join_all((0..8).map(|_| driftwood.server.run("users-purge"))).await;
    assert!(runs.iter().all(Result::is_ok), "{runs:?}");
    for alice in &users {
        assert_eq!(super::traces(&driftwood, &[&alice.user_id]).await, [""; 0]);
        assert_eq!(mails(&driftwood, &alice.email, "Your account at"), 1);
    }
    assert!(driftwood.is_alive(&other.access_token).await);
}

#[tokio::test]
async fn without_deleted_users_it_costs_two_queries() {
    let driftwood = TestServer::start().await;
    driftwood.verified_alice().await;
    driftwood.calls();
    driftwood.server.run("users-purge").await.unwrap();
    let calls: Vec<_> = driftwood.calls().into_iter().map(|call| (call.function, call.operation)).collect();
    assert_eq!(calls, vec![("users-purge".to_owned(), "Query".to_owned()); 2]);
}
