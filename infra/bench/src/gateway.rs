//! A client for a running server, which creates users and apps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::answer::{Answer, text};
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
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).pool_max_idle_per_host(1);
        Ok(Self { http: http.timeout(Duration::from_secs(10)).build()?, url: url.to_owned() })
    }

    /// The address of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request and returns the response.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn ask(&self, call: &Call) -> Result<Answer, Failure> {
        let mut request = self.http.request(call.method.clone(), format!("{}{}", self.url, call.target));
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let response = request.body(call.body.clone()).send().await?;
        let status = response.status().as_u16();
        let location = response.headers().get(LOCATION).map(|value| value.to_str()).transpose()?;
        let location = location.unwrap_or_default().to_owned();
        Ok(Answer { status, location, body: response.text().await? })
    }

    /// Sends a request and returns the body of the response.
    ///
    /// # Errors
    ///
    /// When the status is not 200.
    pub async fn send(&self, call: &Call) -> Result<Value, Failure> {
        let answer = self.ask(call).await?;
        match answer.status {
            200 => Ok(answer.json()),
            status => Err(format!("{} was answered with {status}: {}", call.target, answer.body).into()),
        }
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

    /// Creates an app of a user for itself alone, and returns its credentials for HTTP Basic.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn app(&self, owner: &SignedInUser) -> Result<String, Failure> {
        self.confidential(owner, &json!({"name": "Bench"})).await
    }

    /// Creates an app of a user to which users can consent, and returns its credentials for HTTP Basic.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn web_app(&self, owner: &SignedInUser) -> Result<String, Failure> {
        let settings = json!({"name": "Bench", "redirect_uris": [REDIRECT_URI], "scopes": ["openid", "contact_read"]});
        self.confidential(owner, &settings).await
    }

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
        text(&self.create(owner, &settings).await?, "/result/app/client_id")
    }

    /// Creates a public app of a user for devices without a browser, and returns its id.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn device_app(&self, owner: &SignedInUser) -> Result<String, Failure> {
        let settings = json!({
            "name": "Bench", "scopes": ["openid"], "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"],
            "token_endpoint_auth_method": "none",
        });
        text(&self.create(owner, &settings).await?, "/result/app/client_id")
    }

    async fn confidential(&self, owner: &SignedInUser, settings: &Value) -> Result<String, Failure> {
        let answer = self.create(owner, settings).await?;
        let (id, secret) = (text(&answer, "/result/app/client_id")?, text(&answer, "/result/client_secret")?);
        Ok(STANDARD.encode(format!("{id}:{secret}")))
    }

    async fn create(&self, owner: &SignedInUser, settings: &Value) -> Result<Value, Failure> {
        self.send(&Call::json("/api/oauth-apps-create", settings).bearer(&owner.access_token)).await
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
