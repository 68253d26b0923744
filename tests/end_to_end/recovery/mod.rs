//! Recovery, and changes of password and e-mail address: `POST /api/auth-*` and the pages below `/account`.

mod audit;
mod change_email;
mod change_password;
mod faults;
mod hostile;
mod limits;
mod races;
mod reset;
mod same_response;
mod verify;
mod without_mail;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use crate::harness::{Alice, PASSWORD, Reply, TestServer};

/// Another password that the policy accepts.
pub const NEW: &str = "an entirely new passphrase";

pub const VERIFY: &str = "/account/verify-email";
pub const FORGOT: &str = "/account/forgot-password";
pub const RESET: &str = "/account/reset-password";
pub const CONFIRM: &str = "/account/confirm-email";

/// The tokens of all links to this page that were mailed to an address, in their order.
pub fn tokens(driftwood: &TestServer, email: &str, page: &str) -> Vec<String> {
    let mails = driftwood.mail_to(email).into_iter().filter(|mail| mail.has_link());
    mails.filter(|mail| mail.link().starts_with(page)).map(|mail| mail.token()).collect()
}

/// The latest of them.
#[track_caller]
pub fn last_token(driftwood: &TestServer, email: &str, page: &str) -> String {
    tokens(driftwood, email, page).pop().unwrap_or_else(|| panic!("a link to {page} in the mail to {email}"))
}

/// The number of mails to an address with a subject that starts so.
pub fn mails(driftwood: &TestServer, email: &str, subject: &str) -> usize {
    driftwood.mail_to(email).iter().filter(|mail| mail.subject.starts_with(subject)).count()
}

/// The outcomes of all events of this kind, refusals first: within a second, events have no order.
pub async fn events(driftwood: &TestServer, action: &str) -> Vec<String> {
    let text = |value: Option<&AttributeValue>| value.and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    let all = driftwood.items("Audit").await;
    let found = all.iter().filter(|event| text(event.get("action")) == action);
    let mut outcomes: Vec<String> = found.map(|event| text(event.get("outcome"))).collect();
    outcomes.sort();
    outcomes
}

/// The operations that a function sent to AWS since the last call, in their order.
pub fn operations(driftwood: &TestServer, function: &str) -> Vec<String> {
    let calls = driftwood.calls().into_iter().filter(|call| call.function == function);
    calls.map(|call| call.operation).collect()
}

/// Verifies the address as its user, who is signed in.
pub async fn verify_as(driftwood: &TestServer, alice: &Alice, token: &str) -> Reply {
    driftwood.post_as(&alice.access_token, "auth-verify-email", json!({"token": token})).await
}

/// Verifies the address by the mail alone.
pub async fn verify(driftwood: &TestServer, token: &str) -> Reply {
    driftwood.post("auth-verify-email", json!({"token": token})).await
}

/// Mails another link to the signed-in user.
pub async fn ask_to_verify(driftwood: &TestServer, alice: &Alice) -> Reply {
    driftwood.post_as(&alice.access_token, "auth-verify-email", json!({})).await
}

pub async fn forgot(driftwood: &TestServer, email: &str) -> Reply {
    driftwood.post("auth-forgot-password", json!({"email": email})).await
}

/// Requests a link to a new password, and returns its token.
pub async fn reset_token(driftwood: &TestServer, email: &str) -> String {
    forgot(driftwood, email).await.result();
    last_token(driftwood, email, RESET)
}

pub async fn reset(driftwood: &TestServer, token: &str, password: &str) -> Reply {
    driftwood.keep_secret(password);
    driftwood.post("auth-reset-password", json!({"token": token, "password": password})).await
}

pub async fn change_password(driftwood: &TestServer, alice: &Alice, current: &str, new: &str) -> Reply {
    driftwood.keep_secret(new);
    let body = json!({"current_password": current, "new_password": new});
    driftwood.post_as(&alice.access_token, "auth-change-password", body).await
}

/// Requests a link to another address.
pub async fn ask_for(driftwood: &TestServer, alice: &Alice, new_email: &str) -> Reply {
    let body = json!({"new_email": new_email, "password": PASSWORD});
    driftwood.post_as(&alice.access_token, "auth-change-email", body).await
}

/// Requests a link to another address, and returns its token.
pub async fn change_token(driftwood: &TestServer, alice: &Alice, new_email: &str) -> String {
    ask_for(driftwood, alice, new_email).await.result();
    last_token(driftwood, new_email, CONFIRM)
}

/// Gives the account's user the address to which the link was mailed.
pub async fn confirm(driftwood: &TestServer, alice: &Alice, token: &str) -> Reply {
    driftwood.post_as(&alice.access_token, "auth-change-email", json!({"token": token})).await
}

/// Signs in again.
pub async fn signed_in(driftwood: &TestServer, email: &str, password: &str) -> Alice {
    Alice::from(email, &driftwood.login(email, password).await.result())
}

/// Whether a user can sign in with this address and password.
pub async fn can_sign_in(driftwood: &TestServer, email: &str, password: &str) -> bool {
    let reply = driftwood.login(email, password).await;
    if reply.status != 200 {
        reply.refused(401, "invalid_credentials");
    }
    reply.status == 200
}
