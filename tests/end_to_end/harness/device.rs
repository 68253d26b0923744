//! Devices without a browser, and their users.

use serde_json::json;

use super::client::Client;
use super::reply::Reply;
use super::test_server::TestServer;
use super::visitor::Visitor;

/// The device grant (RFC 8628).
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The codes of a device authorization response.
#[derive(Clone, Debug)]
pub struct DeviceCodes {
    pub device_code: String,
    pub user_code: String,
}

impl TestServer {
    /// An app on a television.
    pub async fn television(&self) -> Client {
        self.client(json!({
            "name": "Big Screen", "token_endpoint_auth_method": "none", "grant_types": [DEVICE_GRANT, "refresh_token"],
            "scopes": ["openid", "profile", "contact_read"],
        }))
        .await
    }
}

impl Client {
    /// Requests the two codes, with these parameters.
    pub async fn ask_with(&self, driftwood: &TestServer, more: &[(&str, &str)]) -> Reply {
        self.call(driftwood, "/oauth2/device_authorization", more).await
    }

    pub async fn ask(&self, driftwood: &TestServer) -> DeviceCodes {
        let response = self.ask_with(driftwood, &[]).await.json();
        let text = |name: &str| response[name].as_str().unwrap_or_else(|| panic!("{name}: {response}")).to_owned();
        DeviceCodes { device_code: text("device_code"), user_code: text("user_code") }
    }

    /// Polls the token endpoint.
    pub async fn poll(&self, driftwood: &TestServer, codes: &DeviceCodes) -> Reply {
        self.token(driftwood, &[("grant_type", DEVICE_GRANT), ("device_code", &codes.device_code)]).await
    }
}

impl Visitor<'_> {
    /// Types the code that a device shows.
    pub async fn type_code(&self, user_code: &str) -> Reply {
        let page = self.get("/device").await;
        self.submit(&page, &[("user_code", user_code)]).await
    }

    /// Types the code, and approves.
    pub async fn connect(&self, codes: &DeviceCodes) {
        let consent = self.type_code(&codes.user_code).await;
        assert_eq!(self.allow(&consent).await.heading(), "Your device is connected");
    }
}
