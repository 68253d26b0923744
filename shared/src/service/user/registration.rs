//! Registration: what a new user enters, and the user and account that are created from it.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::input::fields::{Fields, Mistakes};
use crate::domain::password::{Password, PasswordPolicy, Personal};
use crate::domain::session::Session;
use crate::domain::session::device::Device;
use crate::domain::session::known_browser::KnownBrowser;
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::{Account, AccountId};
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::domain::user::{Epoch, Role, User, UserId};
use crate::fault::Fault;
use crate::http::Request;
use crate::service::attempt::Attempt;
use crate::service::counted_sign_in;
use crate::service::email_link::verify_email;
use crate::service::password::breached;
use crate::service::throttle;
use crate::service::user::abandoned;
use crate::store::{NewUser, Registered};

/// What a new user enters to register.
pub struct Registration {
    email: EmailAddress,
    password: Password,
    name: DisplayName,
}

impl Registration {
    /// Reads `email`, `password` and `name`; mistakes are noted in the fields.
    pub fn parse(body: &mut Fields, policy: PasswordPolicy) -> Option<Self> {
        let email = body.required("email", EmailAddress::parse);
        let name = body.required("name", DisplayName::parse);
        let password = body.required("password", |text| {
            let password = Password::parse(text)?;
            policy.check(&password, Personal { email: email.as_ref(), username: None, name: name.as_ref() })?;
            Ok(password)
        });
        Some(Self { email: email?, password: password?, name: name? })
    }

    /// Checks that the password is not known from a breach.
    ///
    /// # Errors
    ///
    /// The mistake.
    #[boxed]
    pub async fn ensure_unbreached(&self, app: &App) -> Result<(), Mistakes> {
        breached::ensure_none(app, &self.password, "password").await
    }

    /// Creates the user as the owner of a new account; nothing is stored yet.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the password cannot be hashed.
    #[boxed]
    pub async fn into_user(self, app: &App, from: &Device, now: Timestamp) -> Result<(User, Account), Fault> {
        let password_hash = app.passwords.hash(&self.password).await.map_err(Fault::broken)?;
        let (user, account) = new_owner(self.name, Some(from), now);
        Ok((User { email: Some(self.email), password_hash: Some(password_hash), ..user }, account))
    }
}

/// Creates a user, who registers on this device if it is known, as the owner of a new account, without a way to sign
/// in; nothing is stored yet.
pub fn new_owner(name: DisplayName, from: Option<&Device>, now: Timestamp) -> (User, Account) {
    let account = Account { id: AccountId::generate(now), name: name.clone(), created_at: now };
    let user = User {
        id: UserId::generate(now),
        account_id: account.id,
        email: None,
        email_verified_at: None,
        username: None,
        name,
        locale: None,
        role: Role::Owner,
        password_hash: None,
        upstream: vec![],
        epoch: Epoch::FIRST,
        authenticators: AuthenticatorGeneration::default(),
        apps_from: AuthenticatorGeneration::default(),
        disabled_at: None,
        deleted_at: None,
        restorable_until: None,
        former_email: None,
        created_at: now,
        registered_from: from.map(|device| device.address.clone()),
        import_id: None,
    };
    (user, account)
}

/// Registers a user with their first session, mails them a link that verifies their address, makes the place known to
/// them, and records it: one transaction. One write before it counts the mail; reads and two writes after it if another
/// user has the e-mail address. An account with which nothing was done loses an address that it did not verify in time.
/// Returns whether the address was free.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written.
#[boxed]
pub async fn register(
    app: &App,
    user: &User,
    account: &Account,
    session: &Session,
    request: &Request,
    browser: Option<&KnownBrowser>,
) -> Result<bool, Fault> {
    let (origin, now) = (request.origin(), user.created_at);
    let event = AuditEvent::new(AuditAction::UserRegistered, origin.clone(), now).of_user(user);
    let verification = verify_email::for_new_user(app, user, now).await?;
    let attempt = Attempt::new(origin.clone(), now);
    let counted = throttle::charge_registration_mail(app, verification.as_ref(), &attempt).await?;
    let verification = verification.filter(|_| counted.is_some());
    let known = counted_sign_in::user_places(app, user, request, browser);
    let new_user = NewUser {
        user,
        account,
        session: Some(session),
        verification: verification.as_ref(),
        key: None,
        predecessor: None,
        known: &known,
    };
    let mut is_registered = app.stores.register(new_user, &event).await? == Registered::Done;
    if !is_registered && let Some(predecessor) = abandoned::user_with(app, user.email.as_ref(), now).await? {
        let new_user = NewUser { predecessor: Some(predecessor.id), ..new_user };
        is_registered = app.stores.register(new_user, &event).await? == Registered::Done;
    }
    if !is_registered {
        if let Some(counted) = counted {
            counted.give_back(app).await?;
        }
        let event = AuditEvent::new(AuditAction::UserRegistered, origin, now).refused();
        app.stores.audit.record(&event).await?;
    }
    Ok(is_registered)
}
