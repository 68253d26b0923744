//! The response to a registration (RFC 7591 §3.2).

use lambda_http::http::{HeaderName, StatusCode};
use serde_json::json;
use shared::app::App;
use shared::domain::client::Client;
use shared::domain::client::metadata::MetadataMistake;
use shared::domain::client::registration_token::RegistrationToken;
use shared::domain::client::secret::ClientSecret;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::types::timestamp::Timestamp;
use shared::http::{Response, reply};
use shared::paths::CLIENT_REGISTRATION;

/// A registered client, with the values that are returned once.
pub(crate) struct Registered<'r> {
    pub(crate) client: &'r Client,
    pub(crate) secret: Option<&'r ClientSecret>,
    pub(crate) token: Option<&'r RegistrationToken>,
}

impl Registered<'_> {
    /// The whole registration (RFC 7592 §3). Only hashes are stored: the response has a secret only if it was just generated, and
    /// the registration access token if it was just generated or sent by the client.
    pub(crate) async fn response(&self, app: &App, status: StatusCode) -> Result<Response, OAuthError> {
        let issuer = app.keys.issuer(&app.stores.keys).await?;
        let client_id = self.client.client_id.to_string();
        let mut fields = self.client.metadata.echo();
        let mut set = |name: &str, value| _ = fields.insert(name.to_owned(), value);
        set("client_id_issued_at", json!(self.client.created_at));
        set("registration_client_uri", json!(format!("{issuer}{CLIENT_REGISTRATION}/{client_id}")));
        set("client_id", json!(client_id));
        if let Some(secret) = self.secret {
            set("client_secret", json!(secret.expose()));
        }
        if !self.client.secrets.is_empty() {
            // RFC 7591 §3.2.1: 0 means that it does not expire. An unowned client expires with its secret.
            set("client_secret_expires_at", json!(self.client.expires_at.map_or(0, Timestamp::as_seconds)));
        }
        if let Some(token) = self.token {
            set("registration_access_token", json!(token.issue().expose()));
        }
        let mut response = reply::json(status, &fields);
        reply::set(&mut response, HeaderName::from_static("pragma"), "no-cache");
        Ok(response)
    }
}

/// RFC 7591 §3.2.2.
pub(crate) fn mistake(mistake: MetadataMistake) -> OAuthError {
    let code = match mistake {
        MetadataMistake::RedirectUri(_) => OAuthCode::InvalidRedirectUri,
        MetadataMistake::Other(_) => OAuthCode::InvalidClientMetadata,
    };
    OAuthError::new(code, mistake.sentence().to_owned())
}
