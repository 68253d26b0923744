//! The audit trail: who did what, to what, from where, and what came of it, for every security event.
//!
//! An action is answered only when its event is written: inside the same transaction where the action is one, and
//! otherwise side by side with the action's own write, or just after it, so that no round trip is added where none has to
//! be. A fault of the audit table therefore makes the request a 503, and repeating that is safe, because the action's own
//! write is. What happens all the time and decides nothing new is no event: refreshes, `client_credentials` tokens,
//! introspections and reads.
//!
//! An event has ids only. It never has an e-mail address, a name, a token or a secret.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::domain::actor::Actor;
use crate::domain::client::id::ClientId;
use crate::domain::session::Session;
use crate::domain::types::id::uuid_id;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::{User, UserId};

uuid_id! {
    /// Identifies an event of the audit trail; later ones sort later.
    AuditEventId
}

/// What was done, or tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AuditAction {
    /// Somebody registered.
    #[serde(rename = "user.registered")]
    UserRegistered,
    /// Somebody signed in, or failed to.
    #[serde(rename = "user.signed_in")]
    UserSignedIn,
    /// Somebody ended the session that they used.
    #[serde(rename = "user.signed_out")]
    UserSignedOut,
    /// Somebody ended all of their sessions.
    #[serde(rename = "user.signed_out_everywhere")]
    UserSignedOutEverywhere,
    /// Somebody ended another of their sessions.
    #[serde(rename = "session.ended")]
    SessionEnded,
    /// An app was created.
    #[serde(rename = "app.created")]
    AppCreated,
    /// An app was changed.
    #[serde(rename = "app.updated")]
    AppUpdated,
    /// An app got a new secret.
    #[serde(rename = "app.secret_rotated")]
    AppSecretRotated,
    /// An app was switched off.
    #[serde(rename = "app.disabled")]
    AppDisabled,
    /// An app was switched on again.
    #[serde(rename = "app.enabled")]
    AppEnabled,
    /// All tokens of an app were ended.
    #[serde(rename = "app.tokens_revoked")]
    AppTokensRevoked,
    /// An app was ended for good.
    #[serde(rename = "app.revoked")]
    AppRevoked,
    /// A client was registered at the registration endpoint.
    #[serde(rename = "client.registered")]
    ClientRegistered,
    /// A client changed its registration.
    #[serde(rename = "client.updated")]
    ClientUpdated,
    /// A client ended its registration.
    #[serde(rename = "client.deleted")]
    ClientDeleted,
    /// A client failed to prove who it is.
    #[serde(rename = "client.authentication")]
    ClientAuthentication,
    /// A registration access token was used on another client than its own, and taken back.
    #[serde(rename = "registration_token.misused")]
    RegistrationTokenMisused,
    /// Somebody let an app in.
    #[serde(rename = "consent.given")]
    ConsentGiven,
    /// Somebody did not let an app in.
    #[serde(rename = "consent.refused")]
    ConsentRefused,
    /// Somebody took their consent back.
    #[serde(rename = "consent.withdrawn")]
    ConsentWithdrawn,
    /// Somebody let an app on another device in.
    #[serde(rename = "device.allowed")]
    DeviceAllowed,
    /// Somebody did not let an app on another device in.
    #[serde(rename = "device.denied")]
    DeviceDenied,
    /// A code was used again, and what came of it ended.
    #[serde(rename = "code.replayed")]
    CodeReplayed,
    /// A refresh token was used again, and its session ended.
    #[serde(rename = "refresh_token.replayed")]
    RefreshTokenReplayed,
    /// A client ended a token.
    #[serde(rename = "token.revoked")]
    TokenRevoked,
    /// Somebody's identity at another provider leads to them from now on.
    #[serde(rename = "upstream.linked")]
    UpstreamLinked,
    /// Somebody's identity at another provider leads to them no more.
    #[serde(rename = "upstream.unlinked")]
    UpstreamUnlinked,
    /// Somebody made a user key.
    #[serde(rename = "user_key.created")]
    UserKeyCreated,
    /// Somebody named a user key.
    #[serde(rename = "user_key.renamed")]
    UserKeyRenamed,
    /// Somebody ended a user key.
    #[serde(rename = "user_key.revoked")]
    UserKeyRevoked,
    /// A script signed in with a user key, or failed to.
    #[serde(rename = "user_key.used")]
    UserKeyUsed,
    /// Keys were rotated.
    #[serde(rename = "keys.rotated")]
    KeysRotated,
    /// An operator keeps somebody out.
    #[serde(rename = "user.disabled")]
    UserDisabled,
    /// An operator lets somebody in again.
    #[serde(rename = "user.enabled")]
    UserEnabled,
    /// Somebody was sent a message to prove their e-mail address with.
    #[serde(rename = "email.verification_sent")]
    EmailVerificationSent,
    /// Somebody proved their e-mail address.
    #[serde(rename = "email.verified")]
    EmailVerified,
    /// Somebody asked for a new password.
    #[serde(rename = "password.reset_requested")]
    PasswordResetRequested,
    /// Somebody set a new password by a message.
    #[serde(rename = "password.reset")]
    PasswordReset,
    /// Somebody changed their password.
    #[serde(rename = "password.changed")]
    PasswordChanged,
    /// Somebody asked for another e-mail address.
    #[serde(rename = "email.change_requested")]
    EmailChangeRequested,
    /// Somebody's e-mail address was changed.
    #[serde(rename = "email.changed")]
    EmailChanged,
    /// Somebody changed what they say of themselves.
    #[serde(rename = "user.updated")]
    UserUpdated,
    /// Somebody got a copy of their data.
    #[serde(rename = "user.exported")]
    UserExported,
    /// Somebody's data was deleted.
    #[serde(rename = "user.deleted")]
    UserDeleted,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Succeeded,
    /// It was tried, and not done.
    Refused,
}

/// An event of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// The event's id.
    pub id: AuditEventId,
    /// When it happened.
    pub at: Timestamp,
    /// What was done, or tried.
    pub action: AuditAction,
    /// What came of it.
    pub outcome: Outcome,
    /// The account whose event it is, if it is any's.
    pub account_id: Option<AccountId>,
    /// The user in whose name it was done, or tried.
    pub user_id: Option<UserId>,
    /// The client by which it was done, if there was one.
    pub client_id: Option<ClientId>,
    /// The id of what it was done to: a user, an app, a session, a consent.
    pub subject: Option<String>,
    /// Where the request came from.
    pub origin: Origin,
}

impl AuditEvent {
    /// Something that succeeded and belongs to nobody, until more is said of it.
    pub fn new(action: AuditAction, origin: Origin, now: Timestamp) -> Self {
        Self {
            id: AuditEventId::generate(now),
            at: now,
            action,
            outcome: Outcome::Succeeded,
            account_id: None,
            user_id: None,
            client_id: None,
            subject: None,
            origin,
        }
    }

    /// The same event, done by this user, in their account; of no user, it stays as it is.
    pub fn of_user<'u>(self, user: impl Into<Option<&'u User>>) -> Self {
        match user.into() {
            Some(user) => self.of_member(user.account_id, user.id),
            None => self,
        }
    }

    /// The same event, done by the user with this id, in this account.
    pub fn of_member(self, account: AccountId, user: UserId) -> Self {
        Self { account_id: Some(account), user_id: Some(user), ..self }
    }

    /// The same event, done by this user and by their app, if it was by one.
    pub fn of_actor(self, actor: &Actor) -> Self {
        Self { client_id: actor.client_id.clone(), ..self.of_member(actor.account_id, actor.user_id) }
    }

    /// The same event, in this account, if there is one; it names no user.
    pub fn in_account(self, account: impl Into<Option<AccountId>>) -> Self {
        Self { account_id: account.into().or(self.account_id), ..self }
    }

    /// The same event about a session, and by its user.
    pub fn of_session(self, session: &Session) -> Self {
        self.of_member(session.account_id, session.user_id).about(session.id)
    }

    /// The same event, done by this client, if there is one.
    pub fn by_client<'c>(self, client: impl Into<Option<&'c ClientId>>) -> Self {
        Self { client_id: client.into().cloned().or(self.client_id), ..self }
    }

    /// The same event, done to what has this id.
    pub fn about(self, subject: impl Display) -> Self {
        Self { subject: Some(subject.to_string()), ..self }
    }

    /// The same event, done to this client: its app's id where it has one.
    pub fn about_client(self, client: &ClientId) -> Self {
        match client.app_id() {
            Some(id) => self.about(id),
            None => self.about(client),
        }
    }

    /// The same event, tried and not done.
    pub fn refused(self) -> Self {
        Self { outcome: Outcome::Refused, ..self }
    }
}
