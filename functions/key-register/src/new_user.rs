//! A new user: a name, a password, an account, and a key whose secret is the password.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::input::fields::Fields;
use shared::domain::password::{Password, PasswordPolicy, Personal};
use shared::domain::session::device::Device;
use shared::domain::types::display_name::DisplayName;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::types::username::Username;
use shared::domain::user::User;
use shared::domain::user::account::Account;
use shared::domain::user_key::UserKey;
use shared::fault::Fault;
use shared::http::Request;
use shared::http::error::api::{ApiCode, ApiError};
use shared::service::attempt::Attempt;
use shared::service::counted_sign_in;
use shared::service::password::{allowed, breached};
use shared::service::throttle;
use shared::service::user::registration;
use shared::store::{NewUser, Registered};

/// The request to register.
struct Registration {
    username: Username,
    /// The name as it was typed.
    name: DisplayName,
    password: Password,
    key_name: Option<DisplayName>,
}

/// Registers a user: counts the attempt, hashes the password, and creates user, account and key or none of them.
pub(crate) async fn register(app: &App, request: &Request) -> Result<UserKey, ApiError> {
    allowed::ensure(app)?;
    let now = app.clock.now();
    let registration = Registration::parse(request.json()?, app.config.password_policy)?;
    throttle::charge_registration(app, &Attempt::new(request.origin(), now)).await?;
    breached::ensure_none(app, &registration.password, "user_secret").await.map_err(ApiError::invalid_input)?;
    let key_name = registration.key_name.clone();
    let (user, account) = registration.into_user(app, &request.device(), now).await?;
    let key = UserKey::new(&user, key_name, None, now);
    let event = |action| AuditEvent::new(action, request.origin(), now);
    let created = event(AuditAction::UserKeyCreated).of_user(&user).about(key.id);
    let by_key = counted_sign_in::known_places(app, &key.shown().to_string(), request.source(), None);
    let known = [counted_sign_in::user_places(app, &user, request, None), by_key].concat();
    let new_user = NewUser {
        user: &user,
        account: &account,
        session: None,
        verification: None,
        key: Some((&key, &created)),
        predecessor: None,
        known: &known,
    };
    match app.stores.register(new_user, &event(AuditAction::UserRegistered).of_user(&user)).await? {
        Registered::Done => Ok(key),
        Registered::UsernameTaken | Registered::EmailTaken | Registered::UpstreamTaken | Registered::ImportIdTaken => {
            app.stores.audit.record(&event(AuditAction::UserRegistered).refused()).await?;
            Err(ApiError::new(ApiCode::UsernameTaken, "This name is already registered; choose another"))
        }
    }
}

impl Registration {
    fn parse(mut body: Fields, policy: PasswordPolicy) -> Result<Self, ApiError> {
        let names = body.required("user_id", |text| Ok((Username::parse(text)?, DisplayName::parse(text)?)));
        let (username, name) = names.unzip();
        let password = body.required("user_secret", |text| {
            let password = Password::parse(text)?;
            policy.check(&password, Personal { email: None, username: username.as_ref(), name: name.as_ref() })?;
            Ok(password)
        });
        let key_name = body.optional("key_name", DisplayName::parse);
        Ok(body.finish(|| Some(Self { username: username?, name: name?, password: password?, key_name }))?)
    }

    async fn into_user(self, app: &App, from: &Device, now: Timestamp) -> Result<(User, Account), Fault> {
        let password_hash = app.passwords.hash(&self.password).await.map_err(Fault::broken)?;
        let (user, account) = registration::new_owner(self.name, Some(from), now);
        Ok((User { username: Some(self.username), password_hash: Some(password_hash), ..user }, account))
    }
}
