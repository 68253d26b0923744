//! What programs send to Driftwood while users look at its pages.

use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde_json::{Value, json};
use url::Url;

use super::apps::{App, HOST, SCOPE};
use super::devices::{Device, Shown};

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

    /// Registers a developer, who confirms their address, and returns their access token.
    pub async fn developer(&self) -> String {
        let token = self.registers("Devi Developer", "developer@album.example").await;
        self.post("auth-verify-email", &token, json!({"token": self.newest_link_token().await})).await;
        token
    }

    /// Registers a user by their address and returns their access token.
    pub async fn registers(&self, name: &str, email: &str) -> String {
        let body = json!({"email": email, "password": PASSWORD, "name": name});
        access_token(&self.post("auth-register", "", body).await)
    }

    /// Registers an app of the developer.
    pub async fn app(&self, developer: &str, name: &str, redirect_uri: &str) -> App {
        let client_id = self.register(developer, App::registration(name, redirect_uri)).await;
        App { client_id, redirect_uri: redirect_uri.to_owned(), scope: SCOPE }
    }

    /// Creates an app of the developer that reads events, with a webhook to this address for these types of them.
    pub async fn app_with_webhook(&self, developer: &str, name: &str, url: &str, types: &[&str]) -> App {
        let redirect_uri = format!("https://{HOST}/cb");
        let app = json!({
            "name": name, "redirect_uris": [redirect_uri], "scopes": ["openid", "event_read"],
            "token_endpoint_auth_method": "none"
        });
        let app = self.post("v1/apps", developer, app).await;
        let path = format!("v1/apps/{}/webhooks", app["id"].as_str().expect("an id"));
        self.post(&path, developer, json!({"url": url, "types": types})).await;
        let client_id = app["client_id"].as_str().expect("a client_id").to_owned();
        App { client_id, redirect_uri, scope: "openid event_read" }
    }

    /// An integration posts an event to the account of a token.
    pub async fn event(&self, token: &str, kind: &str, data: Value) {
        self.post_at("v2/event", token, json!({"type": kind, "data": data})).await;
    }

    /// What the receiver of webhooks got, newest first.
    pub async fn received(&self) -> Vec<Value> {
        let stored = read(self.http.get(format!("{}{}.json", self.server, local::WEBHOOKS))).await;
        stored["messages"].as_array().expect("messages").clone()
    }

    /// Renames an app of the developer.
    pub async fn rename(&self, developer: &str, app: &App, name: &str) {
        let listed = self.post("oauth-apps-list", developer, json!({})).await;
        let apps = listed["result"]["apps"].as_array().expect("apps").iter();
        let id = apps.filter(|known| known["client_id"] == app.client_id).map(|known| known["id"].clone()).next();
        self.post("oauth-apps-update", developer, json!({"id": id, "name": name})).await;
    }

    /// Registers an app of the developer for a device.
    pub async fn device(&self, developer: &str, name: &str) -> Device {
        Device { client_id: self.register(developer, Device::registration(name)).await }
    }

    async fn register(&self, developer: &str, registration: Value) -> String {
        let created = self.post("oauth-apps-create", developer, registration).await;
        created["result"]["app"]["client_id"].as_str().expect("a client_id").to_owned()
    }

    /// An app registers dynamically.
    pub async fn unowned_app(&self, name: &str, redirect_uri: &str) -> App {
        let client_id = self.register_dynamically(App::client_metadata(name, redirect_uri)).await;
        App { client_id, redirect_uri: redirect_uri.to_owned(), scope: SCOPE }
    }

    /// An app on a device registers dynamically.
    pub async fn unowned_device(&self, name: &str) -> Device {
        Device { client_id: self.register_dynamically(Device::client_metadata(name)).await }
    }

    async fn register_dynamically(&self, metadata: Value) -> String {
        let request = self.http.post(format!("{}/oauth2/register", self.server)).body(metadata.to_string());
        let registered = read(request.header(CONTENT_TYPE, "application/json")).await;
        registered["client_id"].as_str().expect("a client_id").to_owned()
    }

    /// All mail, newest first.
    pub async fn mails(&self) -> Vec<Value> {
        let stored = read(self.http.get(format!("{}/dev/mailbox.json", self.server))).await;
        stored["mails"].as_array().expect("mails").clone()
    }

    /// The token of the newest link that was mailed.
    pub async fn newest_link_token(&self) -> String {
        let mails = self.mails().await;
        let mut texts = mails.iter().filter_map(|mail| mail["text"].as_str());
        let token = texts.find_map(|text| text.split("?token=").nth(1)).expect("a link");
        token.lines().next().unwrap_or_default().to_owned()
    }

    /// A user signs in with a program, and gets an access token.
    pub async fn sign_in(&self, email: &str) -> String {
        self.sign_in_with(email, PASSWORD).await
    }

    /// The same, with another password.
    pub async fn sign_in_with(&self, email: &str, password: &str) -> String {
        access_token(&self.post("auth-login", "", json!({"email": email, "password": password})).await)
    }

    /// The names of a user's apps that are neither deleted nor disabled.
    pub async fn working_apps(&self, token: &str) -> Vec<String> {
        let listed = self.post("oauth-apps-list", token, json!({})).await;
        let apps = listed["result"]["apps"].as_array().expect("apps").iter();
        let working = apps.filter(|app| app["disabled_at"].is_null() && app["revoked_at"].is_null());
        working.map(|app| app["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Registers a user by name and returns their user key.
    pub async fn new_user_key(&self, name: &str) -> String {
        let body = json!({"user_id": name, "user_secret": PASSWORD});
        self.post_at("register", "", body).await["user_key"].as_str().expect("a key").to_owned()
    }

    /// Adds another key, with its own secret, to the user of a token.
    pub async fn additional_key(&self, token: &str, name: &str) {
        let body = json!({"user_secret": "seven purple lighthouses", "key_name": name});
        self.post_at("register", token, body).await;
    }

    /// A script signs in with the key of a new user, and gets an access token.
    pub async fn script_token(&self, user_key: &str) -> String {
        let body = json!({"user_key": user_key, "user_secret": PASSWORD});
        self.post_at("authenticate", "", body).await["access_token"].as_str().expect("a token").to_owned()
    }

    async fn post_at(&self, path: &str, token: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/{path}", self.server)).body(body.to_string());
        let request = request.header(CONTENT_TYPE, "application/json").header(USER_AGENT, "driftwood-cli/1.0");
        read(if token.is_empty() { request } else { request.header(AUTHORIZATION, format!("Bearer {token}")) }).await
    }

    /// An app exchanges a code for tokens.
    pub async fn exchange(&self, app: &App, code: &str) -> Value {
        read(self.form("token", &app.exchange(code))).await
    }

    /// An app pushes its authorization request and gets the `request_uri`.
    pub async fn push(&self, app: &App, state: &str) -> String {
        let pushed = read(self.form("par", &app.parameters(state))).await;
        pushed["request_uri"].as_str().expect("a request_uri").to_owned()
    }

    /// A device requests the code that it shows.
    pub async fn show_code(&self, device: &Device) -> Shown {
        Shown::read(&read(self.form("device_authorization", &[("client_id", &device.client_id)])).await)
    }

    /// A device requests its tokens: the tokens, or the error code.
    pub async fn poll(&self, device: &Device, shown: &Shown) -> Result<Value, String> {
        let response = self.form("token", &shown.token_request(device)).send().await.expect("an answer");
        let (is_success, body) = (response.status().is_success(), response.text().await.expect("a body"));
        let answer: Value = body.parse().expect("JSON");
        if is_success { Ok(answer) } else { Err(answer["error"].as_str().expect("an error").to_owned()) }
    }

    fn form(&self, endpoint: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let form = Url::parse_with_params("form:", fields).expect("a form");
        let request = self.http.post(format!("{}/oauth2/{endpoint}", self.server));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(form.query().unwrap_or_default().to_owned())
    }

    /// Calls the JSON API, with the token if it is not empty.
    pub async fn post(&self, name: &str, token: &str, body: Value) -> Value {
        self.post_at(&format!("api/{name}"), token, body).await
    }
}

fn access_token(signed_in: &Value) -> String {
    signed_in["result"]["access_token"].as_str().expect("a token").to_owned()
}

async fn read(request: RequestBuilder) -> Value {
    let response = request.send().await.expect("an answer");
    let (status, text) = (response.status(), response.text().await.expect("a body"));
    assert!(status.is_success(), "{status}: {text}");
    text.parse().expect("JSON")
}
