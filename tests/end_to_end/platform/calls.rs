//! How many round trips to DynamoDB a request costs.

use serde_json::json;

use crate::harness::{Driftwood, PASSWORD};

async fn operations(driftwood: &Driftwood) -> Vec<String> {
    let mut operations: Vec<String> = driftwood.calls().into_iter().map(|call| call.operation).collect();
    operations.sort();
    operations
}

#[tokio::test]
async fn every_flow_costs_what_the_architecture_says() {
    let driftwood = Driftwood::start().await;
    let alice = driftwood.alice().await;
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let post = |name: &'static str, body| driftwood.post_as(&alice.access_token, name, body);
    // Twice each: the first request of a process may also read keys, or meet an app for the first time.
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    driftwood.login(&alice.email, PASSWORD).await.result();
    driftwood.refresh(&alice.refresh_token).await.result();
    post("contacts-list", json!({})).await.result();
    driftwood.post_as(&token, "contacts-list", json!({})).await.result();

    operations(&driftwood).await;
    let second = driftwood.alice().await;
    assert_eq!(
        operations(&driftwood).await,
        ["TransactWriteItems", "UpdateItem"],
        "register: the limiter, then one transaction"
    );

    driftwood.login(&alice.email, PASSWORD).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["GetItem", "GetItem", "PutItem", "UpdateItem", "UpdateItem", "UpdateItem", "UpdateItem"],
        "login: three charges side by side, the address, the user, then session and forgiveness side by side: four round trips"
    );

    driftwood.refresh(&second.refresh_token).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "UpdateItem"], "refresh");

    driftwood.refresh(&second.refresh_token).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem"], "refresh again, within the grace");

    driftwood.program_token(&program).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem"], "client_credentials");

    post("contacts-list", json!({})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "Query"], "a person's call");

    driftwood.post_as(&token, "contacts-list", json!({})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "Query"], "an app's call");

    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.let_in(&client, &[]).await.code().to_owned();
    client.exchange(&driftwood, &code).await.json();
    operations(&driftwood).await;

    let reply = visitor.get(&client.authorize_path(&[])).await;
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "TransactWriteItems"],
        "a remembered consent becomes a code: one batch, one transaction"
    );

    let tokens = client.exchange(&driftwood, client.answer(&reply).code()).await.json();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "TransactWriteItems"], "the exchange of a code");

    let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "UpdateItem"], "an app's refresh");

    let delegated = refreshed["access_token"].as_str().unwrap();
    driftwood.post_as(delegated, "contacts-list", json!({})).await.result();
    operations(&driftwood).await;
    driftwood.post_as(delegated, "contacts-list", json!({})).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "Query"], "a call for a person");

    visitor.get("/account").await.heading();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "BatchGetItem", "Query", "Query"],
        "the account page: who it is, two lists side by side, the apps' names"
    );

    driftwood.get("/.well-known/jwks.json").await;
    driftwood.calls();
    driftwood.get("/.well-known/jwks.json").await;
    assert_eq!(operations(&driftwood).await, [""; 0], "the JWKS is kept");
}

#[tokio::test]
async fn a_process_reads_its_keys_once_in_a_while() {
    let driftwood = Driftwood::start().await;
    let alice = driftwood.alice().await;
    driftwood.refresh(&alice.refresh_token).await.result();
    driftwood.calls();
    driftwood.refresh(&alice.refresh_token).await.result();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem"]);
    driftwood.pass(300);
    // The grace is over, so the token would be theft: another one is used.
    let bob = driftwood.alice().await;
    driftwood.calls();
    driftwood.refresh(&bob.refresh_token).await.result();
    assert_eq!(
        operations(&driftwood).await,
        ["BatchGetItem", "GetSecretValue", "GetSecretValue", "UpdateItem"],
        "both secrets are read again"
    );
}
