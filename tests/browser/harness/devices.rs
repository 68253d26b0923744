//! Apps on devices without a browser, such as a TV.

use serde_json::{Value, json};

/// The grant by which a device requests its tokens (RFC 8628 §3.4).
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// An app on a device, which is public.
pub struct Device {
    pub client_id: String,
}

impl Device {
    /// The body by which a developer registers it.
    pub fn registration(name: &str) -> Value {
        json!({
            "name": name, "grant_types": [GRANT, "refresh_token"], "scopes": ["openid", "profile", "contact_read"],
            "token_endpoint_auth_method": "none"
        })
    }

    /// The body by which it registers dynamically.
    pub fn client_metadata(name: &str) -> Value {
        json!({
            "client_name": name, "grant_types": [GRANT], "scope": "openid profile",
            "token_endpoint_auth_method": "none"
        })
    }
}

/// What a device shows its user, and its device code.
pub struct Shown {
    /// Such as `WDJB-MJHT`.
    pub user_code: String,
    /// The page where the user types the code.
    pub page: String,
    /// The same page with the code filled in.
    pub complete: String,
    device_code: String,
}

impl Shown {
    /// Reads the response of the server.
    pub fn read(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().expect(name).to_owned();
        Self {
            user_code: text("user_code"),
            page: text("verification_uri"),
            complete: text("verification_uri_complete"),
            device_code: text("device_code"),
        }
    }

    /// The code as a user in a hurry types it.
    pub fn hastily_typed_code(&self) -> String {
        self.user_code.replace('-', "").to_lowercase()
    }

    /// The form by which the device requests its tokens.
    pub fn token_request<'q>(&'q self, device: &'q Device) -> [(&'static str, &'q str); 3] {
        [("grant_type", GRANT), ("client_id", &device.client_id), ("device_code", &self.device_code)]
    }
}
