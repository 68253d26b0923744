//! The requests that are measured.

use serde_json::{Value, json};

use crate::browser::{Browser, VERIFIER};
use crate::call::Call;
use crate::failure::Failure;
use crate::gateway::{Gateway, PASSWORD, new_email, registration, text};

/// A kind of request, with the data for its repetition.
pub enum Workload {
    /// A token by `client_credentials`, with these credentials.
    ClientCredentials(String),
    /// An empty page of contacts, with this access token.
    ContactsList(String),
    /// A new pair of tokens for this refresh token, then for its successor.
    Refresh(String),
    /// Tokens for a code of a user's new authorization.
    CodeExchange {
        /// The user.
        browser: Box<Browser>,
        /// The app, which is public.
        client_id: String,
    },
    /// A new pair of tokens for an app to which a user consented.
    AppRefresh {
        /// The app, which is public.
        client_id: String,
        /// Its newest refresh token.
        refresh_token: String,
    },
    /// A sign-in with this e-mail address.
    Login(String),
    /// A registration, each of another user.
    Register,
}

impl Workload {
    /// The token endpoint, for a new app.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn client_credentials(gateway: &Gateway) -> Result<Self, Failure> {
        Ok(Self::ClientCredentials(gateway.app(&gateway.user().await?).await?))
    }

    /// An authenticated call, by a new user.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn contacts_list(gateway: &Gateway) -> Result<Self, Failure> {
        Ok(Self::ContactsList(gateway.user().await?.access_token))
    }

    /// An authenticated call, by a new app.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn contacts_list_by_app(gateway: &Gateway) -> Result<Self, Failure> {
        let answer = gateway.send(&Self::client_credentials(gateway).await?.call().await?).await?;
        Ok(Self::ContactsList(text(&answer, "/access_token")?))
    }

    /// Refreshing, by a new user.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn refresh(gateway: &Gateway) -> Result<Self, Failure> {
        Ok(Self::Refresh(gateway.user().await?.refresh_token))
    }

    /// Exchanging codes, of a new user and a new app.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn code_exchange(gateway: &Gateway) -> Result<Self, Failure> {
        let client_id = gateway.public_app(&gateway.user().await?).await?;
        Ok(Self::CodeExchange { browser: Box::new(Browser::register(gateway.url()).await?), client_id })
    }

    /// Refreshing by an app, of a new user and a new app.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn app_refresh(gateway: &Gateway) -> Result<Self, Failure> {
        let client_id = gateway.public_app(&gateway.user().await?).await?;
        let code = Browser::register(gateway.url()).await?.code(&client_id).await?;
        let answer = gateway.send(&exchange(&client_id, &code)).await?;
        Ok(Self::AppRefresh { refresh_token: text(&answer, "/refresh_token")?, client_id })
    }

    /// Signing in, as a new user.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn login(gateway: &Gateway) -> Result<Self, Failure> {
        Ok(Self::Login(gateway.user().await?.email))
    }

    /// The function that handles the request.
    pub const fn function(&self) -> &'static str {
        match self {
            Self::ClientCredentials(_) | Self::CodeExchange { .. } | Self::AppRefresh { .. } => "oauth-token",
            Self::ContactsList(_) => "contacts-list",
            Self::Refresh(_) => "auth-refresh-token",
            Self::Login(_) => "auth-login",
            Self::Register => "auth-register",
        }
    }

    /// The next request.
    ///
    /// # Errors
    ///
    /// When the data for it cannot be created.
    pub async fn call(&self) -> Result<Call, Failure> {
        Ok(match self {
            Self::ClientCredentials(credentials) => {
                Call::form("/oauth2/token", "grant_type=client_credentials").basic(credentials)
            }
            Self::ContactsList(token) => Call::json("/api/contacts-list", json!({"limit": 10})).bearer(token),
            Self::Refresh(token) => Call::json("/api/auth-refresh-token", json!({"refresh_token": token})),
            Self::CodeExchange { browser, client_id } => exchange(client_id, &browser.code(client_id).await?),
            Self::AppRefresh { client_id, refresh_token } => {
                let form = format!("grant_type=refresh_token&client_id={client_id}&refresh_token={refresh_token}");
                Call::form("/oauth2/token", &form)
            }
            Self::Login(email) => Call::json("/api/auth-login", json!({"email": email, "password": PASSWORD})),
            Self::Register => registration(&new_email()),
        })
    }

    /// Stores the data for the next request from a response.
    ///
    /// # Errors
    ///
    /// When the data is missing.
    pub fn learn(&mut self, answer: &Value) -> Result<(), Failure> {
        match self {
            Self::Refresh(token) => *token = text(answer, "/result/refresh_token")?,
            Self::AppRefresh { refresh_token, .. } => *refresh_token = text(answer, "/refresh_token")?,
            _ => {}
        }
        Ok(())
    }
}

fn exchange(client_id: &str, code: &str) -> Call {
    let form = format!("grant_type=authorization_code&client_id={client_id}&code={code}&code_verifier={VERIFIER}");
    Call::form("/oauth2/token", &form)
}
