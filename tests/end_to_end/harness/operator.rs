//! Operators, and reading the audit trail.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};

use super::reply::Reply;
use super::test_server::{PASSWORD, TestServer};
use super::users::Alice;

/// The id of the operator: it must be known before the server starts, and users cannot choose one.
pub const OPERATOR_ID: &str = "01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b";
/// The parameter that lists the operator.
pub const OPERATED: (&str, &str) = ("AdminUserIds", OPERATOR_ID);

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn key(pk: String, sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

impl TestServer {
    /// The operator of a server that was started with [`OPERATED`]: a new user whose id is replaced in the table.
    pub async fn operator(&self) -> Alice {
        let new = self.alice().await;
        let (client, table) = (&self.server.dynamodb, self.server.table("Users"));
        let old = key(format!("user#{}", new.user_id), "user");
        let item = client.get_item().table_name(table).set_key(Some(old.clone())).consistent_read(true);
        let mut item = item.send().await.expect("a read").item.expect("a user");
        client.delete_item().table_name(table).set_key(Some(old)).send().await.expect("a write");
        item.extend(key(format!("user#{OPERATOR_ID}"), "user"));
        item.insert("id".to_owned(), text(OPERATOR_ID));
        let now = self.clock.now().as_seconds().to_string();
        item.insert("email_verified_at".to_owned(), AttributeValue::N(now));
        client.put_item().table_name(table).set_item(Some(item)).send().await.expect("a write");
        let mut email = key(format!("email#{}", new.email), "email");
        email.insert("user_id".to_owned(), text(OPERATOR_ID));
        client.put_item().table_name(table).set_item(Some(email)).send().await.expect("a write");
        let operator = Alice::from(&new.email, &self.login(&new.email, PASSWORD).await.result());
        assert_eq!((operator.user_id.as_str(), operator.claims()["token_type"].as_str()), (OPERATOR_ID, Some("admin")));
        operator
    }

    /// Imports users, a line each.
    pub async fn import(&self, operator: &Alice, users: &[Value]) -> Reply {
        let lines: String = users.iter().map(|user| format!("{user}\n")).collect();
        self.import_lines(operator, "", lines).await
    }

    /// Imports lines, with a query.
    pub async fn import_lines(&self, operator: &Alice, query: &str, lines: impl Into<reqwest::Body>) -> Reply {
        let bearer = format!("Bearer {}", operator.access_token);
        let headers = [("content-type", "application/x-ndjson"), ("authorization", bearer.as_str())];
        self.send(Method::POST, &format!("/api/users-import{query}"), &headers, lines).await
    }

    /// All events that `audit-list` returns for this body, newest first, page by page.
    pub async fn trail(&self, access_token: &str, body: Value) -> Vec<Value> {
        let (mut events, mut body) = (Vec::new(), body);
        loop {
            let page = self.post_as(access_token, "audit-list", body.clone()).await.result();
            events.extend(page["events"].as_array().expect("events").iter().cloned());
            if page["next_cursor"].is_null() {
                return events;
            }
            body["cursor"] = page["next_cursor"].clone();
        }
    }

    /// The events of the caller's account, newest first, each as `user.signed_in refused`.
    pub async fn audit_lines(&self, access_token: &str) -> Vec<String> {
        self.trail(access_token, json!({})).await.iter().map(audit_line).collect()
    }

    /// Asserts that nothing in the audit trail is secret, or an e-mail address or name.
    pub async fn assert_trail_is_clean(&self) {
        let mut scan =
            self.server.dynamodb.scan().table_name(self.server.table("Audit")).into_paginator().items().send();
        let mut events = 0;
        while let Some(item) = scan.next().await {
            let item = format!("{:?}", item.expect("an item"));
            events += 1;
            for secret in self.secrets().iter().map(String::as_str).chain([PASSWORD, "@", "Alice", "dw_rt_", "dw_cs_"])
            {
                assert!(!item.contains(secret), "{secret} is in {item}");
            }
        }
        assert!(events > 0, "something was recorded");
    }
}

/// Action and outcome of an event, such as `user.signed_in refused`.
pub fn audit_line(event: &Value) -> String {
    format!("{} {}", event["action"].as_str().unwrap(), event["outcome"].as_str().unwrap())
}
