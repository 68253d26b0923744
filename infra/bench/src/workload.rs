//! What is asked for, over and over.

use serde_json::{Value, json};

use crate::Failure;
use crate::call::Call;
use crate::gateway::{Gateway, PASSWORD, new_email, registration, text};

/// A kind of request, with what it needs to be sent again and again.
pub enum Workload {
    /// A token by `client_credentials`, with these credentials.
    ClientCredentials(String),
    /// An empty page of contacts, with this access token.
    ContactsList(String),
    /// A new pair of tokens for this refresh token, and then for the one that came with it.
    Refresh(String),
    /// A sign-in with this e-mail address.
    Login(String),
    /// A registration, each of somebody else.
    Register,
}

impl Workload {
    /// The token endpoint, for a new app.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn client_credentials(gateway: &Gateway) -> Result<Self, Failure> {
        Ok(Self::ClientCredentials(gateway.app(&gateway.person().await?).await?))
    }

    /// An authenticated call, by a new person.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn contacts_list(gateway: &Gateway) -> Result<Self, Failure> {
        Ok(Self::ContactsList(gateway.person().await?.access_token))
    }

    /// An authenticated call, by a new app.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn contacts_list_by_app(gateway: &Gateway) -> Result<Self, Failure> {
        let answer = gateway.send(&Self::client_credentials(gateway).await?.call()).await?;
        Ok(Self::ContactsList(text(&answer, "/access_token")?))
    }

    /// Refreshing, by a new person.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn refresh(gateway: &Gateway) -> Result<Self, Failure> {
        Ok(Self::Refresh(gateway.person().await?.refresh_token))
    }

    /// Signing in, as a new person.
    ///
    /// # Errors
    ///
    /// As [`Gateway::send`].
    pub async fn login(gateway: &Gateway) -> Result<Self, Failure> {
        Ok(Self::Login(gateway.person().await?.email))
    }

    /// The function that answers.
    pub const fn function(&self) -> &'static str {
        match self {
            Self::ClientCredentials(_) => "oauth-token",
            Self::ContactsList(_) => "contacts-list",
            Self::Refresh(_) => "auth-refresh-token",
            Self::Login(_) => "auth-login",
            Self::Register => "auth-register",
        }
    }

    /// The next request.
    pub fn call(&self) -> Call {
        match self {
            Self::ClientCredentials(credentials) => {
                Call::form("/oauth2/token", "grant_type=client_credentials").basic(credentials)
            }
            Self::ContactsList(token) => Call::json("/api/contacts-list", json!({"limit": 10})).bearer(token),
            Self::Refresh(token) => Call::json("/api/auth-refresh-token", json!({"refresh_token": token})),
            Self::Login(email) => Call::json("/api/auth-login", json!({"email": email, "password": PASSWORD})),
            Self::Register => registration(&new_email()),
        }
    }

    /// Takes from an answer what the next request needs.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn learn(&mut self, answer: &Value) -> Result<(), Failure> {
        if let Self::Refresh(token) = self {
            *token = text(answer, "/result/refresh_token")?;
        }
        Ok(())
    }
}
