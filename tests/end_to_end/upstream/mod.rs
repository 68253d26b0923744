//! Sign-in with an upstream provider.

mod account;
mod attempts;
mod costs;
mod form_post;
mod new_users;
mod odd_answers;
mod only;
mod options;
mod proof;
mod provider_faults;
mod races;
mod several;
mod tenants;
mod tokens;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use crate::harness::{Forged, Reply, TestServer, Visitor};

/// The number of users.
pub async fn users(driftwood: &TestServer) -> usize {
    let items = driftwood.items("Users").await;
    items.iter().filter(|item| item["sk"] == AttributeValue::S("user".to_owned())).count()
}

/// The links from upstream identities to users.
pub async fn links(driftwood: &TestServer) -> Vec<HashMap<String, AttributeValue>> {
    let mut items = driftwood.items("Users").await;
    items.retain(|item| item["sk"] == AttributeValue::S("upstream".to_owned()));
    items
}

/// Comes back as a user with this address.
pub async fn come_with(forged: &Forged, visitor: &Visitor<'_>, email: &str) -> Reply {
    let asked = forged.leave_anew(visitor).await;
    let mut claims = forged.claims(&asked, "ada");
    claims["email"] = json!(email);
    claims["email_verified"] = json!(true);
    forged.vouch(&claims);
    visitor.follow(forged.come_back(visitor, &asked).await).await
}
