//! A user with one of everything.

use reqwest::Method;
use serde_json::{Value, json};

use super::events::Start;
use crate::harness::{Alice, Client, DEVICE_GRANT, DeviceCodes, Forged, PASSWORD, Program, Reply, TestServer, Visitor};
use crate::keys::{SECRET, Script, browser};
use crate::recovery::{CONFIRM, VERIFY, ask_for, ask_to_verify, change_token, confirm, last_token, reset_token};
use crate::registration::{REGISTER, manage};

/// The user's sign-in name, which no change of the address touches.
pub const NAME: &str = "nightly-job";
const EMAIL: &str = "arden@example.com";

/// The session with which the event was done.
#[derive(Clone, Copy, Debug)]
pub enum Session {
    Browser,
    Api,
}

/// An app's session.
pub struct AppSession {
    pub code: String,
    pub access_token: String,
    pub refresh_token: String,
    pub id_token: String,
}

pub struct Account<'d> {
    pub start: Start,
    pub forged: &'d Forged,
    pub driftwood: &'d TestServer,
    pub operator: Alice,
    /// The API session that does what is done by JSON.
    pub user: Alice,
    pub other_api: Alice,
    /// The password as it is now.
    pub password: &'static str,
    /// The browser that does what is done on pages, and from which the apps' sessions come.
    pub browser: Visitor<'d>,
    pub other_browser: Visitor<'d>,
    /// The browser of a user to whom the account went over.
    pub owner: Option<Visitor<'d>>,
    /// Which of the sessions did it.
    pub session: Option<Session>,
    pub client: Client,
    pub app: AppSession,
    pub offline: AppSession,
    pub code: String,
    pub approved: DeviceCodes,
    pub unapproved: DeviceCodes,
    /// The consent page of an authorization that is not decided.
    pub pending: Reply,
    pub script: Script,
    pub password_script: Script,
    pub verify_link: Option<String>,
    pub reset_link: String,
    pub change_link: String,
    pub own_app: Program,
    pub registration: Registration,
    pub own_token: String,
    /// An app that the connected app made for the user.
    pub made_app: Program,
    pub made_token: String,
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a string: {value}")).to_owned()
}

impl<'d> Account<'d> {
    pub async fn new(forged: &'d Forged, start: Start) -> Self {
        let driftwood = &forged.driftwood;
        let operator = driftwood.operator().await;
        let user = registered(driftwood, start).await;
        let other_api = Alice::from(EMAIL, &driftwood.login(EMAIL, PASSWORD).await.result());
        link_provider(forged).await;
        let browsers = (browser(driftwood, NAME, PASSWORD).await, browser(driftwood, NAME, PASSWORD).await);
        let (browser, other_browser) = browsers;
        let client = connected_app(driftwood).await;
        let offline = app_session(&browser, &client, "openid profile email contact_read offline_access").await;
        let app = app_session(&browser, &client, "openid profile email contact_read").await;
        let (approved, unapproved) = (client.ask(driftwood).await, client.ask(driftwood).await);
        browser.connect(&approved).await;
        let made_app = made_by(&browser, &client).await;
        let made_token = super::super::token_of(driftwood, &made_app).await.expect("a token");
        let code = browser.approve(&client, &[]).await.code().to_owned();
        let pending = browser.authorize(&client, &[("prompt", "consent")]).await;
        assert_eq!(pending.heading(), "Photo Album wants to access your account");
        let script = driftwood.script(&driftwood.key_of(&user, "Backup").await, SECRET).await;
        let password_script = driftwood.script(&first_key(driftwood, &user).await, PASSWORD).await;
        let (own_app, registration) = registered_app(driftwood, &user).await;
        let own_token = super::super::token_of(driftwood, &own_app).await.expect("a token");
        let verify_link = if start == Start::Verified {
            None
        } else {
            ask_to_verify(driftwood, &user).await.result();
            Some(last_token(driftwood, EMAIL, VERIFY))
        };
        let reset_link = reset_token(driftwood, EMAIL).await;
        let change_link = change_token(driftwood, &user, "another@example.com").await;
        if start == Start::WithoutPassword {
            driftwood.remove_user_attribute(&user, "password_hash").await;
        }
        Self {
            start,
            forged,
            driftwood,
            operator,
            user,
            other_api,
            password: PASSWORD,
            browser,
            other_browser,
            owner: None,
            session: None,
            client,
            app,
            offline,
            code,
            approved,
            unapproved,
            pending,
            script,
            password_script,
            verify_link,
            reset_link,
            change_link,
            own_app,
            registration,
            own_token,
            made_app,
            made_token,
        }
    }
}

/// A user with a name, a key that the password proves, and an address.
async fn registered(driftwood: &TestServer, start: Start) -> Alice {
    let key = driftwood.key_of_new_user(NAME).await;
    let script = driftwood.script(&key, PASSWORD).await;
    let user = Alice { access_token: script.access_token, ..Alice::from(EMAIL, &Value::Null) };
    ask_for(driftwood, &user, EMAIL).await.result();
    confirm(driftwood, &user, &last_token(driftwood, EMAIL, CONFIRM)).await.result();
    let user = Alice::from(EMAIL, &driftwood.login(EMAIL, PASSWORD).await.result());
    if start != Start::Verified {
        driftwood.remove_user_attribute(&user, "email_verified_at").await;
    }
    user
}

/// The key with which the user registered.
async fn first_key(driftwood: &TestServer, user: &Alice) -> String {
    let export = driftwood.post_as(&user.access_token, "users-export", json!({})).await.result();
    let keys = export["export"]["user_keys"].as_array().expect("keys").iter();
    text(&keys.filter(|key| key["name"] != "Backup").map(|key| key["user_key"].clone()).next().expect("a key"))
}

/// Links the identity `grace` at the provider, in a browser that is signed in by it.
async fn link_provider(forged: &Forged) {
    let visitor = forged.driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let mut claims = forged.claims(&asked, "grace");
    (claims["email"], claims["email_verified"]) = (json!(EMAIL), json!(false));
    forged.vouch(&claims);
    let question = visitor.follow(forged.come_back(&visitor, &asked).await).await;
    assert_eq!(question.heading(), "Is this your account?");
    assert_eq!(visitor.sign_in(&question, EMAIL, PASSWORD).await.heading(), "Your account");
}

/// An app of a developer, with a secret and every grant.
async fn connected_app(driftwood: &TestServer) -> Client {
    let settings = json!({
        "name": "Photo Album", "redirect_uris": ["https://album.example/cb"],
        "grant_types": ["client_credentials", "authorization_code", "refresh_token", DEVICE_GRANT],
        "scopes": ["openid", "profile", "email", "contact_read", "offline_access", "app_write"],
    });
    driftwood.client(settings).await
}

/// The address and the registration access token with which an app manages its registration.
pub struct Registration {
    path: String,
    token: String,
}

impl Registration {
    pub async fn read(&self, driftwood: &TestServer) -> Reply {
        manage(driftwood, &self.token, Method::GET, &self.path, &Value::Null).await
    }
}

/// The user's own app, which they registered at the registration endpoint.
async fn registered_app(driftwood: &TestServer, user: &Alice) -> (Program, Registration) {
    let metadata = json!({"client_name": "Nightly Job", "grant_types": ["client_credentials"]});
    let reply = manage(driftwood, &user.access_token, Method::POST, REGISTER, &metadata).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let answer = reply.json();
    let [client_id, client_secret, token] =
        ["client_id", "client_secret", "registration_access_token"].map(|name| text(&answer[name]));
    let apps = driftwood.post_as(&user.access_token, "oauth-apps-list", json!({})).await.result()["apps"].clone();
    let own = apps.as_array().expect("apps").iter().find(|app| app["client_id"] == answer["client_id"]);
    let id = text(&own.expect("the app")["id"]);
    let path = format!("{REGISTER}/{client_id}");
    (Program { id, client_id, client_secret }, Registration { path, token })
}

/// An app that the connected app makes with a session of its own.
async fn made_by(browser: &Visitor<'_>, client: &Client) -> Program {
    let session = app_session(browser, client, "openid profile email contact_read app_write").await;
    let settings = json!({"name": "Offshoot", "scopes": ["contact_read"]});
    let made = crate::management::create(browser.driftwood, &session.access_token, settings).await;
    let [id, client_id, client_secret] = ["id", "client_id", "client_secret"].map(|name| text(&made[name]));
    Program { id, client_id, client_secret }
}

async fn app_session(browser: &Visitor<'_>, client: &Client, scope: &str) -> AppSession {
    let code = browser.approve(client, &[("scope", scope)]).await.code().to_owned();
    let tokens = client.exchange(browser.driftwood, &code).await.json();
    let [access_token, refresh_token, id_token] =
        ["access_token", "refresh_token", "id_token"].map(|name| text(&tokens[name]));
    AppSession { code, access_token, refresh_token, id_token }
}
