//! An additional key of a signed-in user, with its own secret.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::input::fields::Fields;
use shared::domain::password::{Password, PasswordPolicy};
use shared::domain::types::display_name::DisplayName;
use shared::domain::types::email::EmailAddress;
use shared::domain::types::username::Username;
use shared::domain::user::User;
use shared::domain::user::binding::Binding;
use shared::domain::user_key::UserKey;
use shared::fault::Fault;
use shared::http::Request;
use shared::http::error::api::{ApiCode, ApiError};
use shared::service::attempt::Attempt;
use shared::service::caller::UserCaller;
use shared::service::password::breached;
use shared::service::{notice, throttle};
use shared::store::KeyAdded;

/// The request for an additional key.
struct Addition {
    secret: Password,
    key_name: Option<DisplayName>,
}

/// Adds the key: counts it like a registration and hashes the secret.
pub(crate) async fn add(app: &App, request: &Request) -> Result<UserKey, ApiError> {
    let user = UserCaller::authenticate_recent(app, request).await?.user;
    let now = app.clock.now();
    let addition = Addition::parse(request.json()?, &user, app.config.password_policy)?;
    let attempt = Attempt::new(request.origin(), now).of_user(&user);
    throttle::charge_registration(app, &attempt).await?;
    breached::ensure_none(app, &addition.secret, "user_secret").await.map_err(ApiError::invalid_input)?;
    let hash = app.passwords.hash(&addition.secret).await.map_err(Fault::broken)?;
    let key = UserKey::new(&user, addition.key_name, Some(hash), now);
    let event = AuditEvent::new(AuditAction::UserKeyCreated, request.origin(), now).of_user(&user).about(key.id);
    throttle::charge_notice(app, &user, attempt).await?;
    let notice = notice::of_binding(app, &user, Binding::UserKey, &request.origin(), now);
    let most = app.config.quotas_of(&user).keys;
    match app.stores.add_key(&user, &key, most, notice.as_ref(), &event).await? {
        KeyAdded::Done => Ok(key),
        KeyAdded::TooMany => {
            let message =
                format!("Your account may have at most {most} user keys; revoke one on the account page first");
            Err(ApiError::new(ApiCode::TooManyKeys, message))
        }
        KeyAdded::Gone => Err(ApiError::raced()),
    }
}

impl Addition {
    fn parse(mut body: Fields, user: &User, policy: PasswordPolicy) -> Result<Self, ApiError> {
        body.optional("user_id", |text| {
            if names_user(text, user) { Ok(()) } else { Err("must be your own name, or absent".to_owned()) }
        });
        let secret = body.required("user_secret", |text| {
            let secret = Password::parse(text)?;
            policy.check(&secret, user.into())?;
            Ok(secret)
        });
        let key_name = body.optional("key_name", DisplayName::parse);
        Ok(body.finish(|| Some(Self { secret: secret?, key_name }))?)
    }
}

/// Returns whether a string names this user: by name, e-mail address or id.
fn names_user(text: &str, user: &User) -> bool {
    let username = user.username.is_some() && Username::parse(text).ok() == user.username;
    let email = user.email.is_some() && EmailAddress::parse(text).ok() == user.email;
    username || email || text == user.id.to_string()
}
