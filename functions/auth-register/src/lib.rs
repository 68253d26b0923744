//! `POST /api/auth-register`: makes a user, their account and their first session.

use std::sync::Arc;

use shared::account::{Account, AccountId};
use shared::app::App;
use shared::email::EmailAddress;
use shared::fault::Fault;
use shared::http::api_error::ApiError;
use shared::http::{Fields, Request, Response, reply};
use shared::keyring::KeyUse;
use shared::lambda::Endpoint;
use shared::password::{Password, PasswordPolicy};
use shared::sign_in::{self, SignedIn};
use shared::store::Registered;
use shared::text::DisplayName;
use shared::throttle;
use shared::user::{Epoch, Role, User, UserId};

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published, KeyUse::Signing, KeyUse::Mac])
}

struct Registration {
    email: EmailAddress,
    password: Password,
    name: DisplayName,
}

/// Registers: the attempt is counted, the password hashed, and then user, account and session exist or none of them.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let new = Registration::parse(request.json()?, app.config.password_policy)?;
    throttle::charge_registration(&app, request.source(), now).await?;
    let password_hash = app.passwords.hash(&new.password).await.map_err(Fault::broken)?;
    let account = Account { id: AccountId::generate(now), name: new.name.clone(), created_at: now };
    let user = User {
        id: UserId::generate(now),
        account_id: account.id,
        email: new.email,
        name: new.name,
        role: Role::Owner,
        password_hash,
        epoch: Epoch::FIRST,
        disabled_at: None,
        created_at: now,
    };
    let (session, refresh_token) = sign_in::new_session(&app, &user, request.device(), now);
    let tokens = sign_in::issue(&app, &user, &session, &refresh_token, now).await?;
    match app.stores.register(&user, &account, &session).await? {
        Registered::Done => Ok(reply::result(SignedIn::new(tokens, &user))),
        Registered::EmailTaken => {
            Err(ApiError::email_taken("Somebody has registered with this e-mail address; sign in instead"))
        }
    }
}

impl Registration {
    fn parse(mut body: Fields, policy: PasswordPolicy) -> Result<Self, ApiError> {
        let email = body.required("email", EmailAddress::parse);
        let name = body.required("name", DisplayName::parse);
        let password = body.required("password", |text| {
            let password = Password::parse(text)?;
            policy.check(&password, email.as_ref(), name.as_ref())?;
            Ok(password)
        });
        body.finish(|| Some(Self { email: email?, password: password?, name: name? }))
    }
}
