//! The endpoints of operators: `POST /api/users-*`, `POST /api/mails-*` and others.

mod disable;
pub mod import;
mod import_faults;
mod import_passwords;
mod list;
mod mails;
mod reads;
mod review;

use serde_json::json;

use crate::harness::{OPERATED, TestServer};

/// A PNG of one pixel.
pub const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

#[tokio::test]
async fn these_endpoints_are_for_operators_only() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let (alice, bob) = (driftwood.alice().await, driftwood.alice().await);
    let program = driftwood.program(&alice, json!({"name": "Job"})).await;
    let token = driftwood.program_token(&program).await.result()["access_token"].as_str().unwrap().to_owned();
    let operator = driftwood.operator().await;
    let of_operator = driftwood.program(&operator, json!({"name": "Job"})).await;
    let of_operator = driftwood.program_token(&of_operator).await.result()["access_token"].as_str().unwrap().to_owned();
    for name in ["users-list", "users-disable", "users-enable", "users-verify", "oauth-apps-review"] {
        let call = |token: &str| {
            let (driftwood, token, body) =
                (&driftwood, token.to_owned(), json!({"id": bob.user_id, "client_id": program.client_id}));
            async move { driftwood.post_as(&token, name, body).await }
        };
        call("").await.refused(401, "unauthorized");
        for token in [&alice.access_token, &token, &of_operator] {
            call(token).await.refused(403, "forbidden");
        }
        call(&operator.access_token).await.result();
    }
}
