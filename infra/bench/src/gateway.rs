//! A client for a running server, which creates users and apps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::call::Call;
use crate::failure::Failure;

/// The redirect URI of the app.
pub const REDIRECT_URI: &str = "https://bench.example/cb";
/// The password of every user.
pub const PASSWORD: &str = "correct horse battery staple";

/// One keep-alive connection to a server.
pub struct Gateway {
    http: reqwest::Client,
    url: String,
}

/// A registered user.
pub struct SignedInUser {
    /// The e-mail address.
    pub email: String,
    /// An access token.
    pub access_token: String,
    /// A refresh token.
    pub refresh_token: String,
}

impl Gateway {
    /// A client for the server at this address.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be created.
    pub fn new(url: &str) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(1).timeout(Duration::from_secs(10));
        Ok(Self { http: http.build()?, url: url.to_owned() })
    }

    /// The address of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request and returns the body of the response.
    ///
    /// # Errors
    ///
    /// When the status is not 200.
    pub async fn send(&self, call: &Call) -> Result<Value, Failure> {
        let mut request = self.http.post(format!("{}{}", self.url, call.path)).body(call.body.clone());
        for (name, value) in call.headers() {
            request = request.header(name, value);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await?;
        if status != 200 {
            return Err(format!("{} was answered with {status}: {}", call.path, String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }

    /// Registers a new user.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn user(&self) -> Result<SignedInUser, Failure> {
        let email = new_email();
        let answer = self.send(&registration(&email)).await?;
        let text = |field: &str| text(&answer, &format!("/result/{field}"));
        Ok(SignedInUser { access_token: text("access_token")?, refresh_token: text("refresh_token")?, email })
    }

    /// Creates an app of a user and returns its credentials for HTTP Basic.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn app(&self, owner: &SignedInUser) -> Result<String, Failure> {
        let call = Call::json("/api/oauth-apps-create", json!({"name": "Bench"})).bearer(&owner.access_token);
        let answer = self.send(&call).await?;
        let (id, secret) = (text(&answer, "/result/app/client_id")?, text(&answer, "/result/client_secret")?);
        Ok(STANDARD.encode(format!("{id}:{secret}")))
    }
}

impl Gateway {
    /// Creates a public app of a user, to which users can consent, and returns its id.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn public_app(&self, owner: &SignedInUser) -> Result<String, Failure> {
        let settings = json!({
            "name": "Bench", "redirect_uris": [REDIRECT_URI], "scopes": ["openid", "contact_read"],
            "token_endpoint_auth_method": "none",
        });
        let call = Call::json("/api/oauth-apps-create", settings).bearer(&owner.access_token);
        text(&self.send(&call).await?, "/result/app/client_id")
    }
}

/// A new e-mail address, unique in this run.
pub fn new_email() -> String {
    static USERS: AtomicU64 = AtomicU64::new(0);
    format!("user{}@example.com", USERS.fetch_add(1, Ordering::Relaxed))
}

/// The request that registers a user.
pub fn registration(email: &str) -> Call {
    Call::json("/api/auth-register", json!({"email": email, "password": PASSWORD, "name": "Ada"}))
}

/// A string in a response.
///
/// # Errors
///
/// When there is none.
pub fn text(answer: &Value, pointer: &str) -> Result<String, Failure> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("a response has no {pointer}"))?.to_owned())
}
