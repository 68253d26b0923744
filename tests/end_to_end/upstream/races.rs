//! Concurrent sign-ins, and faults of DynamoDB.

use futures_util::future::join_all;
use serde_json::json;

use super::{links, users};
use crate::harness::{Forged, PASSWORD, Trouble};

#[tokio::test]
async fn of_many_concurrent_sign_ins_of_one_new_user_one_user_is_created() {
    let forged = Forged::start_with(&[("RegisterAddressLimit", "1000")]).await;
    let visitors: Vec<_> = (0..32).map(|_| forged.driftwood.visitor()).collect();
    // Each attempt has its own nonce, so each has its own code and ID token.
    let attempts = join_all(visitors.iter().map(|visitor| forged.leave_anew(visitor))).await;
    for (n, asked) in attempts.iter().enumerate() {
        let id_token = forged.signer.sign(&forged.signer.header(), &forged.claims(asked, "ada"));
        forged.give_for(&format!("c{n}"), &id_token);
    }
    let codes: Vec<String> = (0..32).map(|n| format!("c{n}")).collect();
    let come_back = |n: usize| {
        let (visitor, asked, code) = (&visitors[n], &attempts[n], &codes[n]);
        let forged = &forged;
        async move { forged.come_back_with(visitor, asked, &[("code", code)]).await }
    };
    let replies = join_all((0..32).map(come_back)).await;
    for (reply, visitor) in replies.iter().zip(&visitors) {
        let account = visitor.get(&reply.taken_to()).await;
        assert!(account.shows("ada@example.com"), "{}", account.text);
    }
    assert_eq!((users(&forged.driftwood).await, links(&forged.driftwood).await.len()), (1, 1));
    assert_eq!(forged.driftwood.mail_to("ada@example.com").len(), 1);
}

#[tokio::test]
async fn of_concurrent_responses_to_one_attempt_one_counts() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&forged.claims(&asked, "ada"));
    let replies = join_all((0..8).map(|_| forged.come_back(&visitor, &asked))).await;
    assert_eq!(replies.iter().filter(|reply| !reply.header("refresh").is_empty()).count(), 1);
    assert_eq!(forged.server.requests("/token").len(), 1);
    assert_eq!(users(&forged.driftwood).await, 1);
}

#[tokio::test]
async fn a_write_whose_response_is_lost_is_done_once() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.alice().await;
    for trouble in [Trouble::ResponseLost, Trouble::TimeoutAfter, Trouble::Throttled, Trouble::Conflict] {
        for (n, operation) in ["PutItem", "UpdateItem", "TransactWriteItems"].into_iter().enumerate() {
            let (visitor, subject) = (driftwood.visitor(), format!("{trouble:?}{n}").to_lowercase());
            let count = users(driftwood).await;
            driftwood.inject_fault_in("oauth-authorize", operation, trouble, 1);
            let asked = forged.leave_anew(&visitor).await;
            driftwood.clear_faults();
            forged.vouch(&forged.claims(&asked, &subject));
            driftwood.inject_fault_in("oauth-callback", operation, trouble, 1);
            let reply = forged.come_back(&visitor, &asked).await;
            driftwood.clear_faults();
            let account = visitor.get(&reply.taken_to()).await;
            assert_eq!(account.heading(), "Your account", "{operation} {trouble:?}");
            assert_eq!(users(driftwood).await, count + 1, "{operation} {trouble:?}");
        }
    }
    // The same is true of the link after a proof.
    let visitor = driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let mut claims = forged.claims(&asked, "proven");
    claims["email"] = json!(alice.email);
    forged.vouch(&claims);
    let question = visitor.follow(forged.come_back(&visitor, &asked).await).await;
    driftwood.inject_fault_in("oauth-authorize", "TransactWriteItems", Trouble::ResponseLost, 1);
    assert_eq!(visitor.sign_in(&question, &alice.email, PASSWORD).await.heading(), "Your account");
    assert_eq!(driftwood.clear_faults(), 1);
    let events = driftwood.items("Audit").await;
    assert_eq!(events.iter().filter(|event| format!("{event:?}").contains("upstream.linked")).count(), 1);
}

#[tokio::test]
async fn unavailable_tables_are_a_503_and_sign_no_user_in() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    for operation in ["GetItem", "UpdateItem", "TransactWriteItems"] {
        let visitor = driftwood.visitor();
        let asked = forged.leave_anew(&visitor).await;
        forged.vouch(&forged.claims(&asked, "ada"));
        driftwood.inject_fault_in("oauth-callback", operation, Trouble::TimeoutBefore, 100);
        forged.come_back(&visitor, &asked).await.refused_page(503, "Please try again in a moment");
        assert!(driftwood.clear_faults() > 0, "{operation}");
        assert!(!visitor.cookies().contains_key("dw-sid"));
        assert_eq!(users(driftwood).await, 0, "{operation}");
    }
    let visitor = driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    let visitor = driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    forged.vouch(&forged.claims(&asked, "ada"));
    driftwood.inject_fault_in("oauth-callback", "PutItem RefreshTokens", Trouble::TimeoutBefore, 100);
    forged.come_back(&visitor, &asked).await.refused_page(503, "Please try again in a moment");
    assert!(driftwood.clear_faults() > 0 && !visitor.cookies().contains_key("dw-sid"));
}
