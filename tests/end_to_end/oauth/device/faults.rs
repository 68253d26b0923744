//! Faults of the database

use super::{DEVICE, access_token, signed_up, with_television};
use crate::harness::{Reply, TestServer, Trouble};

#[tokio::test]
async fn a_passing_fault_on_any_write_is_not_noticed() {
    let driftwood = TestServer::start_with(&[("DeviceLimit", "100")]).await;
    let (client, visitor) = (driftwood.television().await, signed_up(&driftwood).await);
    let before = driftwood.count_items("RefreshTokens").await;
    for (n, trouble) in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
            .into_iter()
            .enumerate()
    {
        driftwood.inject_fault("PutItem", trouble, 1);
        let codes = client.ask(&driftwood).await;
        assert_eq!(driftwood.clear_faults(), 1, "asking: {trouble:?}");
        driftwood.inject_fault("UpdateItem", trouble, 1);
        client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
        assert_eq!(driftwood.clear_faults(), 1, "polling: {trouble:?}");
        driftwood.inject_fault("PutItem", trouble, 1);
        let consent = visitor.type_code(&codes.user_code).await;
        assert_eq!(driftwood.clear_faults(), 1, "typing: {trouble:?}");
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        assert_eq!(visitor.allow(&consent).await.heading(), "Your device is connected", "{trouble:?}");
        assert_eq!(driftwood.clear_faults(), 1, "approving: {trouble:?}");
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let token = access_token(&client.poll(&driftwood, &codes).await);
        assert_eq!(driftwood.clear_faults(), 1, "exchanging: {trouble:?}");
        assert!(driftwood.is_alive(&token).await, "{trouble:?}");
        assert_eq!(driftwood.count_items("RefreshTokens").await, before + n + 1, "{trouble:?}: one session");
        client.poll(&driftwood, &codes).await.refused_oauth(400, "invalid_grant");
        let codes = client.ask(&driftwood).await;
        let consent = visitor.type_code(&codes.user_code).await;
        driftwood.inject_fault("UpdateItem", trouble, 2);
        let denied = visitor.submit(&consent, &[("decision", "deny")]).await;
        assert_eq!(denied.heading(), "Nothing was connected", "{trouble:?}");
        assert!(driftwood.clear_faults() > 0, "denying: {trouble:?}");
        client.poll(&driftwood, &codes).await.refused_oauth(400, "access_denied");
    }
}

#[tokio::test]
async fn a_lasting_fault_spends_no_code_and_afterwards_the_same_request_succeeds() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let assert_unavailable = |reply: Reply| {
        reply.refused_oauth(503, "temporarily_unavailable");
        assert_eq!(reply.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0);
    };
    let assert_page = |reply: Reply| {
        reply.refused_page(503, "Please try again in a moment");
        assert_eq!(reply.header("retry-after"), "1");
        assert!(driftwood.clear_faults() > 0);
    };
    for operation in ["BatchGetItem", "PutItem"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        assert_unavailable(client.ask_with(&driftwood, &[]).await);
    }
    for operation in ["BatchGetItem", "UpdateItem"] {
        driftwood.inject_fault(operation, Trouble::TimeoutBefore, 50);
        assert_unavailable(client.poll(&driftwood, &codes).await);
    }
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    let page = visitor.get(DEVICE).await;
    for operation in ["UpdateItem", "GetItem", "PutItem"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        assert_page(visitor.submit(&page, &[("user_code", &codes.user_code)]).await);
    }
    let consent = visitor.submit(&page, &[("user_code", &codes.user_code)]).await;
    driftwood.inject_fault("TransactWriteItems", Trouble::Throttled, 50);
    assert_page(visitor.allow(&consent).await);
    client.poll(&driftwood, &codes).await.refused_oauth(400, "slow_down");
    driftwood.inject_fault("UpdateItem", Trouble::Throttled, 50);
    assert_page(visitor.submit(&consent, &[("decision", "deny")]).await);
    assert_eq!(visitor.allow(&consent).await.heading(), "Your device is connected");
    for operation in ["BatchGetItem", "TransactWriteItems"] {
        driftwood.inject_fault(operation, Trouble::Throttled, 50);
        assert_unavailable(client.poll(&driftwood, &codes).await);
    }
    assert!(driftwood.is_alive(&access_token(&client.poll(&driftwood, &codes).await)).await);
}

#[tokio::test]
async fn a_half_written_denial_can_be_repeated() {
    let driftwood = TestServer::start().await;
    for trouble in [Trouble::TimeoutAfter, Trouble::ResponseLost] {
        let (client, visitor, codes) = with_television(&driftwood).await;
        let consent = visitor.type_code(&codes.user_code).await;
        driftwood.inject_fault("UpdateItem", trouble, 50);
        visitor.submit(&consent, &[("decision", "deny")]).await.refused_page(503, "Please try again in a moment");
        driftwood.clear_faults();
        let denied = visitor.submit(&consent, &[("decision", "deny")]).await;
        assert_eq!(denied.heading(), "Nothing was connected", "{trouble:?}");
        client.poll(&driftwood, &codes).await.refused_oauth(400, "access_denied");
    }
}
