//! A further key of somebody who is signed in, with a secret of its own.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::input::fields::Fields;
use shared::domain::password::{Password, PasswordPolicy};
use shared::domain::types::display_name::DisplayName;
use shared::domain::types::email::EmailAddress;
use shared::domain::types::username::Username;
use shared::domain::user::User;
use shared::domain::user_key::UserKey;
use shared::fault::Fault;
use shared::http::Request;
use shared::http::error::api::{ApiCode, ApiError};
use shared::service::caller::UserCaller;
use shared::service::throttle;
use shared::store::KeyAdded;

/// What somebody gives for a key.
struct Addition {
    secret: Password,
    key_name: Option<DisplayName>,
}

/// Adds the key: it is counted as a registration is, and the secret hashed.
pub(crate) async fn add(app: &App, request: &Request) -> Result<UserKey, ApiError> {
    let person = UserCaller::authenticate(app, request).await?.user;
    let now = app.clock.now();
    let addition = Addition::parse(request.json()?, &person, app.config.password_policy)?;
    throttle::charge_registration(app, request.source(), now).await?;
    let hash = app.passwords.hash(&addition.secret).await.map_err(Fault::broken)?;
    let key = UserKey::new(&person, addition.key_name, Some(hash), now);
    let event = AuditEvent::new(AuditAction::UserKeyCreated, request.origin(), now).of_user(&person).about(key.id);
    match app.stores.add_key(&person, &key, &event).await? {
        KeyAdded::Done => Ok(key),
        KeyAdded::TooMany => {
            let message = format!("A person has at most {} keys; revoke one on the account page first", UserKey::MOST);
            Err(ApiError::new(ApiCode::TooManyKeys, message))
        }
        KeyAdded::Gone => Err(ApiError::raced()),
    }
}

impl Addition {
    fn parse(mut body: Fields, person: &User, policy: PasswordPolicy) -> Result<Self, ApiError> {
        body.optional("user_id", |text| {
            if is_theirs(text, person) { Ok(()) } else { Err("must be your own name, or absent".to_owned()) }
        });
        let secret = body.required("user_secret", |text| {
            let secret = Password::parse(text)?;
            policy.check(&secret, person.into())?;
            Ok(secret)
        });
        let key_name = body.optional("key_name", DisplayName::parse);
        Ok(body.finish(|| Some(Self { secret: secret?, key_name }))?)
    }
}

/// Says whether a text names this person: their name, their e-mail address or their id.
fn is_theirs(text: &str, person: &User) -> bool {
    let username = person.username.is_some() && Username::parse(text).ok() == person.username;
    let email = person.email.is_some() && EmailAddress::parse(text).ok() == person.email;
    username || email || text == person.id.to_string()
}
