//! What programs send to Driftwood, while people look at its pages.

use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde_json::{Value, json};

use super::apps::App;

/// A password that the policy accepts.
pub const PASSWORD: &str = "correct horse battery staple";

/// The API of a server.
pub struct Api {
    http: reqwest::Client,
    server: String,
}

impl Api {
    pub fn of(server: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { http, server: server.to_owned() }
    }

    /// A developer registers, and gives their access token.
    pub async fn developer(&self) -> String {
        let developer = json!({"email": "developer@album.example", "password": PASSWORD, "name": "Devi Developer"});
        let registered = self.post("auth-register", "", developer).await;
        registered["result"]["access_token"].as_str().expect("a token").to_owned()
    }

    /// The developer registers an app.
    pub async fn app(&self, developer: &str, name: &str, redirect_uri: &str) -> App {
        let created = self.post("oauth-apps-create", developer, App::registration(name, redirect_uri)).await;
        let client_id = created["result"]["app"]["client_id"].as_str().expect("a client_id");
        App { client_id: client_id.to_owned(), redirect_uri: redirect_uri.to_owned() }
    }

    /// Somebody signs in with a program.
    pub async fn sign_in(&self, email: &str) {
        self.post("auth-login", "", json!({"email": email, "password": PASSWORD})).await;
    }

    /// An app redeems a code, and gets tokens.
    pub async fn redeem(&self, app: &App, code: &str) -> Value {
        let request = self.http.post(format!("{}/oauth2/token", self.server)).body(app.redemption(code));
        read(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded")).await
    }

    async fn post(&self, name: &str, token: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/api/{name}", self.server)).body(body.to_string());
        let request = request.header(CONTENT_TYPE, "application/json").header(USER_AGENT, "driftwood-cli/1.0");
        read(if token.is_empty() { request } else { request.header(AUTHORIZATION, format!("Bearer {token}")) }).await
    }
}

async fn read(request: RequestBuilder) -> Value {
    let response = request.send().await.expect("an answer");
    let (status, text) = (response.status(), response.text().await.expect("a body"));
    assert!(status.is_success(), "{status}: {text}");
    text.parse().expect("JSON")
}
