//! Authorizations that are stored until a user answers them are counted, at a fraction of what they cost.

use crate::harness::{TestServer, machine};
use crate::recovery::operations;

/// The page for too many attempts.
const TOO_MANY: &str = "Too many attempts";

#[tokio::test]
async fn a_machine_begins_no_more_authorizations_than_the_limit_and_then_costs_a_read() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "5")]).await;
    let client = driftwood.spa().await;
    let path = client.authorize_path(&[]);
    let user = driftwood.visitor();
    user.signed_up().await;
    let robot = driftwood.visitor();
    for _ in 0..5 {
        assert_eq!(robot.get(&path).await.status, 303);
    }
    let refused = robot.get(&path).await;
    refused.refused_page(429, TOO_MANY);
    let stored = driftwood.count_authorizations().await;
    driftwood.calls();
    robot.get(&path).await.refused_page(429, TOO_MANY);
    assert_eq!(
        operations(&driftwood, "oauth-authorize"),
        ["BatchGetItem"],
        "what was refused a moment ago is refused without a write"
    );
    assert_eq!(driftwood.count_authorizations().await, stored);
    assert_eq!(driftwood.visitor_at(machine(2)).get(&path).await.status, 303, "another machine");
    assert_eq!(user.get(&path).await.status, 303, "a signed-in user has a count of their own");
    driftwood.advance(refused.header("retry-after").parse().unwrap());
    assert_eq!(robot.get(&path).await.status, 303);
}

#[tokio::test]
async fn the_count_costs_a_write_for_ten_authorizations() {
    let driftwood = TestServer::start().await;
    let path = driftwood.spa().await.authorize_path(&[]);
    let robot = driftwood.visitor();
    robot.get(&path).await;
    driftwood.calls();
    for _ in 0..30 {
        robot.get(&path).await;
    }
    let operations = operations(&driftwood, "oauth-authorize");
    let count = |name: &str| operations.iter().filter(|operation| *operation == name).count();
    assert_eq!([count("BatchGetItem"), count("PutItem"), count("UpdateItem")], [30, 30, 3]);
    assert_eq!(operations.len(), 63);
}

#[tokio::test]
async fn what_clients_push_is_counted_for_the_app_that_authenticates_or_for_the_machine() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2")]).await;
    let (one, two, public) = (driftwood.web_app().await, driftwood.web_app().await, driftwood.spa().await);
    for client in [&one, &two, &public] {
        for attempt in 0..3 {
            let reply = client.push(&driftwood, &[]).await;
            if attempt < 2 {
                assert_eq!(reply.status, 201, "{}", reply.text);
            } else {
                reply.refused_oauth(429, "temporarily_unavailable");
            }
        }
    }
}

#[tokio::test]
async fn device_authorizations_are_counted_too() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2")]).await;
    let television = driftwood.television().await;
    for _ in 0..2 {
        television.ask(&driftwood).await;
    }
    let form = format!("client_id={}", television.app.client_id);
    driftwood.form("/oauth2/device_authorization", &[], &form).await.refused_oauth(429, "temporarily_unavailable");
}
