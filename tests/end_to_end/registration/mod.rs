//! `/oauth2/register`: clients register dynamically, and manage their registration.

mod account;
mod manage;
mod refused;
mod register;
mod unused;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Reply, TestServer};

pub const REGISTER: &str = "/oauth2/register";
/// The headline for a client that was deleted.
pub const GONE: &str = "This connection no longer exists";
/// The endpoint at which a client is public by default.
pub const REGISTER_V1: &str = "/api/v1/auth/register";

/// A dynamically registered client, and the response to its registration.
#[derive(Clone, Debug)]
pub struct Registered {
    pub answer: Value,
    pub client: Client,
}

impl Registered {
    #[track_caller]
    pub fn from(driftwood: &TestServer, reply: &Reply) -> Self {
        assert_eq!(reply.status, 201, "{}", reply.text);
        assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
        let answer = reply.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (id, secret) = (text(&answer["client_id"]), text(&answer["client_secret"]));
        let client = driftwood.unowned_client(&id, &secret, &text(&answer["redirect_uris"][0]));
        Self { answer, client }
    }

    /// Its registration access token.
    pub fn token(&self) -> &str {
        self.answer["registration_access_token"].as_str().expect("a registration access token")
    }

    /// Its own address at the registration endpoint.
    pub fn path(&self) -> String {
        let uri = self.answer["registration_client_uri"].as_str().expect("an address");
        uri.strip_prefix(&self.client.issuer).expect("an address of ours").to_owned()
    }

    pub async fn manage(&self, driftwood: &TestServer, method: Method, body: &Value) -> Reply {
        manage(driftwood, self.token(), method, &self.path(), body).await
    }
}

/// Sends a request to a client's own address.
pub async fn manage(driftwood: &TestServer, token: &str, method: Method, path: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("content-type", "application/json")];
    if !token.is_empty() {
        headers.push(("authorization", &bearer));
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    driftwood.send(method, path, &headers, body).await
}

/// Registers an unowned client.
pub async fn register(driftwood: &TestServer, metadata: &Value) -> Reply {
    manage(driftwood, "", Method::POST, REGISTER, metadata).await
}

/// A dynamically registered web app.
pub async fn web_app(driftwood: &TestServer) -> Registered {
    let metadata = json!({
        "client_name": "Field Notes", "redirect_uris": ["https://notes.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    Registered::from(driftwood, &register(driftwood, &metadata).await)
}

/// A dynamically registered public client.
pub async fn public_client(driftwood: &TestServer) -> Registered {
    let metadata = json!({
        "client_name": "Field Notes", "redirect_uris": ["https://notes.example/cb"], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    Registered::from(driftwood, &register(driftwood, &metadata).await)
}
