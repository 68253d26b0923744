//! The users of a test server, and the programs that they own.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use serde_json::{Value, json};
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::password::Password;
use shared::domain::session::device::Device;
use shared::domain::types::display_name::DisplayName;
use shared::domain::types::email::EmailAddress;
use shared::domain::types::origin::Origin;
use shared::domain::user::User;
use shared::service::session::{sign_in, tokens};
use shared::service::user::registration::new_owner;
use shared::store::{NewUser, Registered};

use super::reply::Reply;
use super::test_server::{PASSWORD, TestServer};

impl TestServer {
    /// Registers a new user.
    pub async fn alice(&self) -> Alice {
        let email = self.new_email();
        let body = json!({"email": email, "password": PASSWORD, "name": "Alice Arden"});
        // Boxed, because tests hold many of these futures on a small stack.
        Alice::from(&email, &Box::pin(self.register(body)).await)
    }

    /// Registers a user: where the provider is the only way to sign in, as one who registered before that.
    async fn register(&self, body: Value) -> Value {
        let reply = self.post("auth-register", body.clone()).await;
        if reply.text.contains("provider_required") { self.register_before(&body).await } else { reply.result() }
    }

    async fn register_before(&self, body: &Value) -> Value {
        let app = &self.server.apps["auth-register"];
        let text = |name: &str| body[name].as_str().expect("a field");
        let (now, device) = (self.clock.now(), Device::default());
        let (user, account) = new_owner(DisplayName::parse(text("name")).expect("a name"), Some(&device), now);
        let password = Password::parse(text("password")).expect("a password");
        let password_hash = Some(app.passwords.hash(&password).await.expect("a hash"));
        let user = User { email: EmailAddress::parse(text("email")).ok(), password_hash, ..user };
        let (session, refresh_token) = sign_in::api_session(app, &user, device, now);
        let tokens = tokens::issue(app, &user, &session, &refresh_token, now).await.expect("tokens");
        let event = AuditEvent::new(AuditAction::UserRegistered, Origin::default(), now).of_user(&user);
        let (session, known) = (Some(&session), &[][..]);
        let new_user = NewUser {
            user: &user,
            account: &account,
            session,
            verification: None,
            key: None,
            predecessor: None,
            known,
        };
        assert_eq!(app.stores.register(new_user, &event).await.expect("a write"), Registered::Done);
        serde_json::to_value(tokens::SignedIn::new(tokens, &user)).expect("JSON")
    }

    /// A user whose address is verified.
    pub async fn verified_alice(&self) -> Alice {
        let alice = self.alice().await;
        self.mark_verified(&alice).await;
        alice
    }

    /// Marks a user's address as verified directly in the table.
    pub async fn mark_verified(&self, alice: &Alice) {
        let now = AttributeValue::N(self.clock.now().as_seconds().to_string());
        self.set_user_attribute(alice, "email_verified_at", now).await;
    }

    /// Creates an app and returns its credentials.
    pub async fn program(&self, alice: &Alice, settings: Value) -> Program {
        let result = self.post_as(&alice.access_token, "oauth-apps-create", settings).await.result();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Program {
            id: text(&result["app"]["id"]),
            client_id: text(&result["app"]["client_id"]),
            client_secret: text(&result["client_secret"]),
        }
    }

    /// Gets a token with `client_credentials`, in JSON.
    pub async fn program_token(&self, program: &Program) -> Reply {
        let body = json!({"grant_type": "client_credentials", "client_id": program.client_id, "client_secret": program.client_secret});
        self.post("oauth-token", body).await
    }

    /// Disables a user directly in the table.
    pub async fn operator_disables(&self, alice: &Alice) {
        let now = AttributeValue::N(self.clock.now().as_seconds().to_string());
        self.set_user_attribute(alice, "disabled_at", now).await;
    }

    /// Stores a password hash with outdated parameters, as an older version might have.
    pub async fn outdate_password(&self, alice: &Alice) {
        use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::phc::PasswordHash};
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).expect("parameters"));
        let hash: PasswordHash = cheap.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).expect("a hash");
        self.set_user_attribute(alice, "password_hash", AttributeValue::S(hash.to_string())).await;
    }

    /// Makes a user a member, and no longer the owner, of their account.
    pub async fn demote(&self, alice: &Alice) {
        self.set_user_attribute(alice, "role", AttributeValue::S("member".to_owned())).await;
    }

    /// Sets an attribute of a user directly in the table.
    pub async fn set_user_attribute(&self, alice: &Alice, name: &str, value: AttributeValue) {
        let text = |text: String| AttributeValue::S(text);
        let update = self.server.dynamodb.update_item().table_name(self.server.table("Users"));
        let update = update.key("pk", text(format!("user#{}", alice.user_id))).key("sk", text("user".to_owned()));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        update.expression_attribute_values(":value", value).send().await.expect("a write");
    }

    /// Removes an attribute of a user directly in the table.
    pub async fn remove_user_attribute(&self, alice: &Alice, name: &str) {
        let text = |text: String| AttributeValue::S(text);
        let update = self.server.dynamodb.update_item().table_name(self.server.table("Users"));
        let update = update.key("pk", text(format!("user#{}", alice.user_id))).key("sk", text("user".to_owned()));
        let update = update.update_expression("REMOVE #name").expression_attribute_names("#name", name);
        update.send().await.expect("a write");
    }
}

/// A registered user with tokens.
#[derive(Clone, Debug)]
pub struct Alice {
    pub email: String,
    pub user_id: String,
    pub access_token: String,
    pub refresh_token: String,
}

impl Alice {
    pub fn from(email: &str, result: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            email: email.to_owned(),
            user_id: text(&result["user"]["id"]),
            access_token: text(&result["access_token"]),
            refresh_token: text(&result["refresh_token"]),
        }
    }

    /// The claims of her access token.
    pub fn claims(&self) -> Value {
        claims(&self.access_token)
    }
}

/// The claims of a JWT, unverified.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// A program with its own credentials.
#[derive(Clone, Debug)]
pub struct Program {
    pub id: String,
    pub client_id: String,
    pub client_secret: String,
}

impl Program {
    /// Its `Authorization` header.
    pub fn basic(&self) -> String {
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", self.client_id, self.client_secret))
        )
    }
}
