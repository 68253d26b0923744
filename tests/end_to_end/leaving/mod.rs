//! What users say of themselves, what we hold about them, and leaving: `POST /api/users-*`, `users-purge` and the pages.

mod delete;
mod export;
mod faults;
mod purge;
mod update;

use serde_json::{Value, json};

use crate::harness::{Alice, Client, PASSWORD, Reply, TestServer, Visitor};

/// Every table but the audit trail, which stays.
pub const TABLES: [&str; 8] =
    ["Users", "RefreshTokens", "Apps", "Authorizations", "Contacts", "Events", "Mail", "Limits"];

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}"))
}

/// The items of all tables that hold any of these.
pub async fn traces(driftwood: &TestServer, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for table in TABLES {
        for item in driftwood.items(table).await {
            let shown = format!("{table} {item:?}");
            if words.iter().any(|word| shown.contains(word)) {
                found.push(shown);
            }
        }
    }
    found
}

/// Somebody with everything that a user can have here.
pub struct Settled<'d> {
    pub alice: Alice,
    pub browser: Visitor<'d>,
    pub account_id: String,
    /// Of an app that they let in.
    pub delegated: Value,
    /// Of an app that they made.
    pub own: String,
    /// Of somebody else, for an app that they made.
    pub others: Value,
    pub own_app: Client,
    pub name: String,
}

/// Makes one: contacts, an event, a user key, an app of their own with a user of its own, an app that they let in, and sessions.
pub async fn settled<'d>(driftwood: &'d TestServer, client: &Client) -> Settled<'d> {
    let email = driftwood.new_email();
    let name = format!("Aurelia {}", email.split('@').next().unwrap());
    let body = json!({"email": email, "password": PASSWORD, "name": name});
    let alice = Alice::from(&email, &driftwood.post("auth-register", body).await.result());
    for n in 0..3 {
        let contact = json!({"email": format!("c{n}.{email}"), "name": format!("Contact of {name}")});
        driftwood.post_as(&alice.access_token, "contacts-create", contact).await.result();
    }
    let event = json!({"type": "order.placed", "data": {"customer": name}});
    driftwood.post_event_as(&alice.access_token, &[("idempotency-key", &email)], event).await.json();
    let key = driftwood.key_of(&alice, &format!("Key of {name}")).await;
    driftwood.script(&key, crate::keys::SECRET).await;
    let settings = json!({"name": format!("App of {name}"), "redirect_uris": ["https://own.example/cb"], "scopes": ["openid", "contact_read"]});
    let own_app = driftwood.client_of(&alice, settings).await;
    let job = driftwood.program(&alice, json!({"name": format!("Job of {name}")})).await;
    let own = text(&driftwood.program_token(&job).await.result()["access_token"]).to_owned();
    let browser = driftwood.visitor();
    browser.sign_in(&browser.get("/oauth2/authorize/sign-in").await, &email, PASSWORD).await;
    let offline = [("scope", "openid contact_read offline_access")];
    let delegated = client.exchange(driftwood, browser.let_in(client, &offline).await.code()).await.json();
    browser.let_in(client, &offline).await.code();
    let other = driftwood.visitor();
    other.signed_up().await;
    let code = other.let_in(&own_app, &[("scope", "openid contact_read")]).await.code().to_owned();
    let others = own_app.exchange(driftwood, &code).await.json();
    let account_id = text(&alice.claims()["account_id"]).to_owned();
    Settled { alice, browser, account_id, delegated, own, others, own_app, name }
}

impl Settled<'_> {
    pub async fn delete(&self, driftwood: &TestServer) -> Reply {
        driftwood.post_as(&self.alice.access_token, "users-delete", json!({"password": PASSWORD})).await
    }

    /// Asserts that nothing of theirs works any more.
    pub async fn assert_out(&self, driftwood: &TestServer, client: &Client, context: &str) {
        let access = text(&self.delegated["access_token"]);
        for token in [self.alice.access_token.as_str(), access, &self.own, text(&self.others["access_token"])] {
            assert!(!driftwood.is_alive(token).await, "{context}");
        }
        driftwood.refresh(&self.alice.refresh_token).await.refused(401, "invalid_refresh_token");
        client.refresh(driftwood, text(&self.delegated["refresh_token"])).await.refused_oauth(400, "invalid_grant");
        assert_eq!(self.browser.get("/account").await.header("location"), "/oauth2/authorize/sign-in", "{context}");
        driftwood.login(&self.alice.email, PASSWORD).await.refused(401, "invalid_credentials");
        self.own_app
            .token(driftwood, &[("grant_type", "client_credentials")])
            .await
            .refused_oauth(401, "invalid_client");
        let mails = driftwood.mail_to(&self.alice.email).len();
        driftwood.post("auth-forgot-password", json!({"email": self.alice.email})).await.result();
        assert_eq!(driftwood.mail_to(&self.alice.email).len(), mails, "{context}");
    }

    /// What is left of them: the address that is held has no name and no id.
    pub async fn left(&self, driftwood: &TestServer) -> Vec<String> {
        let words = [
            self.alice.user_id.as_str(),
            self.alice.email.as_str(),
            &self.account_id,
            &self.name,
            &self.own_app.app.id,
        ];
        let mut left = traces(driftwood, &words).await;
        let ids: Vec<&str> = words.iter().copied().filter(|word| !word.contains('@')).collect();
        let held = |item: &String| {
            item.starts_with("Users ")
                && item.contains(&format!("S(\"email#{}\")", self.alice.email))
                && ids.iter().all(|id| !item.contains(id))
        };
        match left.iter().position(held) {
            Some(position) => _ = left.remove(position),
            None => left.push("and the address is not held".to_owned()),
        }
        left
    }
}

/// A client that users let do with their data what apps may do.
pub async fn data_app(driftwood: &TestServer) -> Client {
    let scopes = ["openid", "user_write", "gdpr_read", "gdpr_write", "contact_read"];
    let settings = json!({
        "name": "Data App", "redirect_uris": ["https://data.example/cb"], "token_endpoint_auth_method": "none", "scopes": scopes,
    });
    driftwood.client(settings).await
}

/// Its token of somebody new, with these scopes.
pub async fn delegated(driftwood: &TestServer, client: &Client, scope: &str) -> (String, String) {
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let answer = visitor.let_in(client, &[("scope", scope)]).await;
    let tokens = client.exchange(driftwood, answer.code()).await.json();
    (email, text(&tokens["access_token"]).to_owned())
}

/// Tokens of apps that speak for themselves: one that may do what its maker may, and one that has the scopes.
pub async fn own_tokens(driftwood: &TestServer) -> Vec<String> {
    let scopes = json!(["user_write", "gdpr_read", "gdpr_write"]);
    let mut tokens = Vec::new();
    for settings in [json!({"name": "Job"}), json!({"name": "Job", "scopes": scopes})] {
        let program = driftwood.program(&driftwood.alice().await, settings).await;
        tokens.push(text(&driftwood.program_token(&program).await.result()["access_token"]).to_owned());
    }
    tokens
}
