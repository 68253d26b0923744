//! How many round trips to DynamoDB a request costs.

use serde_json::json;

use crate::harness::{Driftwood, PASSWORD};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What a request costs; the mail that it puts into the outbox is sent by another function and is no part of it.
async fn operations(driftwood: &Driftwood) -> Vec<String> {
    let calls = driftwood.calls().into_iter().filter(|call| call.function != "mail-send");
    let mut operations: Vec<String> = calls.map(|call| call.operation).collect();
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
async fn what_clients_do_by_themselves_costs_a_batch_and_a_write() {
    let driftwood = Driftwood::start().await;
    let client = driftwood
        .client(json!({
            "name": "Web App", "redirect_uris": ["https://web.example/cb"], "scopes": ["openid", "contact_read"],
            "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE],
        }))
        .await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let let_in = || async {
        let code = visitor.let_in(&client, &[("scope", "openid")]).await.code().to_owned();
        client.exchange(&driftwood, &code).await.json()
    };
    let (one, two) = (let_in().await, let_in().await);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let send = |path: &'static str, form: &'static str, token: String| {
        let (driftwood, basic) = (&driftwood, client.app.basic());
        let form = if token.is_empty() { form.to_owned() } else { format!("{form}{token}") };
        let headers = [("authorization", basic), ("content-type", "application/x-www-form-urlencoded".to_owned())];
        async move {
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            driftwood.send(reqwest::Method::POST, path, &headers, form).await
        }
    };
    // Each function meets the app for the first time once.
    for path in ["/oauth2/revoke", "/oauth2/introspect"] {
        assert_eq!(send(path, "token=", "unknown".to_owned()).await.status, 200);
    }
    let asked = "response_type=code&redirect_uri=https://web.example/cb&scope=openid";
    assert_eq!(send("/oauth2/par", asked, String::new()).await.status, 201);
    assert_eq!(send("/oauth2/device_authorization", "scope=openid", String::new()).await.status, 200);
    driftwood.calls();

    send("/oauth2/introspect", "token=", text(&one["access_token"])).await;
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "BatchGetItem"], "who asks, and what the token rests on");

    send("/oauth2/revoke", "token=", text(&one["access_token"])).await;
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "PutItem"], "the id of an access token");

    send("/oauth2/revoke", "token=", text(&two["refresh_token"])).await;
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "UpdateItem"], "the family of a refresh token");

    send("/oauth2/par", asked, String::new()).await;
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "PutItem"], "a pushed request");

    let device = send("/oauth2/device_authorization", "scope=openid", String::new()).await.json();
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "PutItem"], "a device authorization");

    let question = [("grant_type", DEVICE_CODE), ("device_code", device["device_code"].as_str().unwrap())];
    client.token(&driftwood, &question).await.refused_oauth(400, "authorization_pending");
    assert_eq!(operations(&driftwood).await, ["BatchGetItem", "UpdateItem"], "a question, and when it was asked");

    let registration = json!({"redirect_uris": ["https://web.example/cb"]}).to_string();
    let headers = [("content-type", "application/json")];
    let reply = driftwood.send(reqwest::Method::POST, "/oauth2/register", &headers, registration).await;
    assert_eq!((reply.status, operations(&driftwood).await), (201, vec!["PutItem".into(), "UpdateItem".into()]));
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
