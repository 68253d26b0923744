//! A request for a new password does not reveal whether an address belongs to a user.

use serde_json::json;

use super::{FORGOT, NEW, RESET, forgot, reset};
use crate::harness::{PASSWORD, Reply, TestServer};

/// Every part of a response that could reveal the address.
fn visible_parts(reply: &Reply, email: &str) -> (u16, Vec<(String, String)>, String) {
    let is_of_request = |name: &str| ["x-request-id", "date", "set-cookie"].contains(&name);
    let headers = reply.headers.iter().filter(|(name, _)| !is_of_request(name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let text = reply.text.replace(reply.header("x-request-id"), "id").replace("<wbr>", "").replace(email, "email");
    (reply.status, headers, text)
}

/// The calls of a function since the last look, with the actions on each table.
fn work(driftwood: &TestServer, function: &str) -> Vec<(String, Vec<(String, String)>)> {
    let calls = driftwood.calls().into_iter().filter(|call| call.function == function);
    calls.map(|call| (call.operation, call.actions)).collect()
}

/// Addresses of one length: of a user, of no user, of a disabled user and of a deleted user.
async fn addresses(driftwood: &TestServer) -> [String; 4] {
    let (known, disabled, deleted) = (driftwood.alice().await, driftwood.alice().await, driftwood.alice().await);
    driftwood.operator_disables(&disabled).await;
    driftwood.post_as(&deleted.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    let all = [known.email, driftwood.new_email(), disabled.email, deleted.email];
    assert!(all.iter().all(|email| email.len() == all[0].len()));
    all
}

#[tokio::test]
async fn the_endpoint_responds_and_works_the_same_for_every_address() {
    let driftwood = TestServer::start_with(&[("MailLimit", "2")]).await;
    let addresses = addresses(&driftwood).await;
    // The first request of a process also reads keys.
    forgot(&driftwood, "first@example.com").await.result();
    let mut all = Vec::new();
    for email in &addresses {
        let mut answers = Vec::new();
        for status in [200, 200, 429] {
            let hashes = driftwood.hashes("auth-forgot-password");
            driftwood.calls();
            let reply = forgot(&driftwood, email).await;
            assert_eq!((reply.status, driftwood.hashes("auth-forgot-password")), (status, hashes));
            answers.push((visible_parts(&reply, email), work(&driftwood, "auth-forgot-password")));
        }
        all.push(answers);
    }
    let operations: Vec<_> = all[0][0].1.iter().map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(operations, ["UpdateItem", "UpdateItem", "GetItem", "GetItem", "TransactWriteItems"]);
    for (answers, email) in all.iter().zip(&addresses).skip(1) {
        assert_eq!(answers, &all[0], "{email}");
    }
}

#[tokio::test]
async fn the_page_responds_and_works_the_same_for_every_address() {
    let driftwood = TestServer::start_with(&[("MailLimit", "2")]).await;
    let addresses = addresses(&driftwood).await;
    let visitor = driftwood.visitor();
    let page = visitor.get(FORGOT).await;
    visitor.submit(&page, &[("email", "first@example.com")]).await.heading();
    let mut all = Vec::new();
    for email in &addresses {
        let mut answers = Vec::new();
        for status in [200, 200, 429] {
            driftwood.calls();
            let reply = visitor.submit(&page, &[("email", email)]).await;
            assert_eq!(reply.status, status);
            answers.push((visible_parts(&reply, email), work(&driftwood, "account")));
        }
        all.push(answers);
    }
    assert_eq!(driftwood.hashes("account"), 0);
    for (answers, email) in all.iter().zip(&addresses).skip(1) {
        assert_eq!(answers, &all[0], "{email}");
    }
}

#[tokio::test]
async fn the_items_for_an_unknown_address_look_like_those_for_a_user() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let names = |items: Vec<std::collections::HashMap<String, _>>| {
        let mut all: Vec<Vec<String>> = items
            .into_iter()
            .map(|item| {
                let mut names: Vec<String> = item.into_keys().collect();
                names.sort();
                names
            })
            .collect();
        all.sort();
        all
    };
    driftwood.server.mailbox.inject_fault(local::MailTrouble::Refused, 10);
    let before = driftwood.count_items("Authorizations").await;
    forgot(&driftwood, &alice.email).await.result();
    let known = names(driftwood.items("Authorizations").await);
    forgot(&driftwood, "nobody@example.com").await.result();
    assert_eq!(driftwood.count_items("Authorizations").await, before + 2);
    let both = names(driftwood.items("Authorizations").await);
    assert!(both.iter().all(|item| known.contains(item)), "{both:?}");
    let stored = format!("{:?}", driftwood.items("Authorizations").await);
    assert!(!stored.contains("nobody@example.com"), "an unknown address is not stored");
}

#[tokio::test]
async fn the_link_for_an_unknown_address_is_useless() {
    let driftwood = TestServer::start().await;
    let first = driftwood.all_mail().len();
    forgot(&driftwood, "nobody@example.com").await.result();
    assert_eq!(driftwood.all_mail().len(), first, "no mail is sent");
    assert_eq!(driftwood.count_items("Mail").await, 0);
    // A user who registers the address then inherits no link.
    let body = json!({"email": "nobody@example.com", "password": PASSWORD, "name": "Somebody"});
    driftwood.post("auth-register", body).await.result();
    assert_eq!(super::tokens(&driftwood, "nobody@example.com", RESET), [""; 0]);
    reset(&driftwood, "dw_ml_", NEW).await.refused(400, "invalid_link");
}
