//! Users' profiles, data exports and account deletion: `POST /api/users-*`, `users-purge` and the pages.

mod delete;
mod export;
mod faults;
mod purge;
mod restore;
mod update;

use serde_json::{Value, json};

use crate::harness::{Alice, Client, PASSWORD, Reply, TestServer, Visitor};

/// Every table except the audit trail, which is not deleted.
pub const TABLES: [&str; 9] =
    ["Users", "RefreshTokens", "Apps", "Authorizations", "Contacts", "Events", "Mail", "Limits", "Webhooks"];

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a string: {value}"))
}

/// The items of all tables that contain any of these words.
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

/// The same user with a verified address, which is held after the deletion.
pub async fn verified_full_user<'d>(driftwood: &'d TestServer, client: &Client) -> FullUser<'d> {
    let user = full_user(driftwood, client).await;
    driftwood.mark_verified(&user.alice).await;
    user
}

/// A user with every kind of data that a user can have.
pub struct FullUser<'d> {
    pub alice: Alice,
    pub browser: Visitor<'d>,
    pub account_id: String,
    /// The tokens of an app that they consented to.
    pub delegated: Value,
    /// The token of an app that they own.
    pub own: String,
    /// The tokens of another user for an app that they own.
    pub others: Value,
    pub own_app: Client,
    pub name: String,
}

/// Creates one: contacts, an event, a user key, an app with another user and a webhook, an app with their consent, and sessions.
pub async fn full_user<'d>(driftwood: &'d TestServer, client: &Client) -> FullUser<'d> {
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
    let settings = json!({
        "name": format!("App of {name}"), "redirect_uris": ["https://own.example/cb"], "scopes": ["openid", "contact_read"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    });
    let own_app = driftwood.client_of(&alice, settings).await;
    let webhook = driftwood.webhook(&own_app, "https://own.example/webhooks", &["*"]).await;
    driftwood.attempted(webhook, &alice, 1).await;
    let job = driftwood.program(&alice, json!({"name": format!("Job of {name}")})).await;
    let own = text(&driftwood.program_token(&job).await.result()["access_token"]).to_owned();
    let browser = driftwood.visitor();
    browser.sign_in(&browser.get("/oauth2/authorize/sign-in").await, &email, PASSWORD).await;
    let offline = [("scope", "openid contact_read offline_access")];
    let delegated = client.exchange(driftwood, browser.approve(client, &offline).await.code()).await.json();
    browser.approve(client, &offline).await.code();
    let other = driftwood.visitor();
    other.signed_up().await;
    let code = other.approve(&own_app, &[("scope", "openid contact_read")]).await.code().to_owned();
    let others = own_app.exchange(driftwood, &code).await.json();
    let account_id = text(&alice.claims()["account_id"]).to_owned();
    FullUser { alice, browser, account_id, delegated, own, others, own_app, name }
}

impl FullUser<'_> {
    pub async fn delete(&self, driftwood: &TestServer) -> Reply {
        driftwood.post_as(&self.alice.access_token, "users-delete", json!({"password": PASSWORD})).await
    }

    /// Asserts that all their tokens and credentials are refused.
    pub async fn assert_revoked(&self, driftwood: &TestServer, client: &Client, context: &str) {
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

    /// The remaining items about them, without the held address, which has no name and no id.
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
            None => left.push("the address is not held".to_owned()),
        }
        left
    }
}

/// A client that may request all scopes for the data of a user.
pub async fn data_app(driftwood: &TestServer) -> Client {
    let scopes = ["openid", "user_write", "gdpr_read", "gdpr_write", "contact_read"];
    let settings = json!({
        "name": "Data App", "redirect_uris": ["https://data.example/cb"], "token_endpoint_auth_method": "none", "scopes": scopes,
    });
    driftwood.client(settings).await
}

/// The e-mail address of a new user, and the access token of the client with these scopes.
pub async fn delegated(driftwood: &TestServer, client: &Client, scope: &str) -> (String, String) {
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let answer = visitor.approve(client, &[("scope", scope)]).await;
    let tokens = client.exchange(driftwood, answer.code()).await.json();
    (email, text(&tokens["access_token"]).to_owned())
}

/// `client_credentials` tokens: of an app with the rights of its owner, and of one with the scopes.
pub async fn own_tokens(driftwood: &TestServer) -> Vec<String> {
    let scopes = json!(["user_write", "gdpr_read", "gdpr_write"]);
    let mut tokens = Vec::new();
    for settings in [json!({"name": "Job"}), json!({"name": "Job", "scopes": scopes})] {
        let program = driftwood.program(&driftwood.alice().await, settings).await;
        tokens.push(text(&driftwood.program_token(&program).await.result()["access_token"]).to_owned());
    }
    tokens
}
