//! What a sign-in with the provider costs: requests to DynamoDB and to the provider.

use crate::harness::{Forged, TestServer};
use crate::platform::calls::STREAMED;

/// The operations that were sent to AWS since the last call, sorted.
fn operations(driftwood: &TestServer) -> Vec<String> {
    let calls = driftwood.calls().into_iter().filter(|call| !STREAMED.contains(&call.function.as_str()));
    let mut operations: Vec<String> = calls.map(|call| call.operation).collect();
    operations.sort();
    operations
}

#[tokio::test]
async fn a_returning_user_costs_what_a_password_sign_in_costs() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    // The first request of a process may also read keys and our secret at the provider.
    forged.sign_in(&driftwood.visitor(), "ada").await;
    for (subject, expected) in [
        ("bob", ["GetItem", "GetItem", "TransactWriteItems", "UpdateItem", "UpdateItem", "UpdateItem"].as_slice()),
        ("ada", [&["GetItem"; 3][..], &["PutItem"; 2], &["UpdateItem"; 3]].concat().as_slice()),
    ] {
        let visitor = driftwood.visitor();
        let page = visitor.get("/oauth2/authorize/sign-in").await;
        driftwood.calls();
        let asked = forged.leave(&visitor, &page).await;
        assert_eq!(operations(driftwood), ["PutItem"], "an attempt");
        forged.vouch(&forged.claims(&asked, subject));
        forged.server.forget();
        let reply = forged.come_back(&visitor, &asked).await;
        reply.taken_to();
        assert_eq!(operations(driftwood), expected, "the attempt, read and spent; {subject}");
        assert_eq!(forged.server.asked().last().map(String::as_str), Some("/token"));
        assert_eq!(forged.server.requests("/jwks").len(), 0, "the keys are cached");
    }
}
