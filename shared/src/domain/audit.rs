//! The audit trail: for every security event, its user, client, action, subject, origin and outcome.
//!
//! A response is returned only after the event is written: inside the action's transaction if it has one, and otherwise
//! in parallel with the action's own write, or directly after it, so that no avoidable round trip is added. A fault of
//! the audit table therefore makes the response a 503, and repeating the request is safe, because the action's own write
//! is. Frequent actions that decide nothing new are not recorded: refreshes, `client_credentials` tokens, introspections
//! and reads. Of an operator's reads of the same, one in ten minutes is. Of the attempts that a rate limit refuses, one in
//! each window is.
//!
//! An event contains ids only. It never contains an e-mail address, a name, a token or a secret.

use std::fmt::Display;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::actor::Actor;
use crate::domain::client::id::ClientId;
use crate::domain::crypto::secret::SecretHash;
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

/// An action that was done or attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AuditAction {
    /// A user registered.
    #[serde(rename = "user.registered")]
    UserRegistered,
    /// An operator imported a user.
    #[serde(rename = "user.imported")]
    UserImported,
    /// A user signed in, or failed to.
    #[serde(rename = "user.signed_in")]
    UserSignedIn,
    /// A user ended their current session.
    #[serde(rename = "user.signed_out")]
    UserSignedOut,
    /// A user ended all of their sessions.
    #[serde(rename = "user.signed_out_everywhere")]
    UserSignedOutEverywhere,
    /// A user ended another of their sessions.
    #[serde(rename = "session.ended")]
    SessionEnded,
    /// An app was created.
    #[serde(rename = "app.created")]
    AppCreated,
    /// An app was updated.
    #[serde(rename = "app.updated")]
    AppUpdated,
    /// An app got a new secret.
    #[serde(rename = "app.secret_rotated")]
    AppSecretRotated,
    /// An app was disabled.
    #[serde(rename = "app.disabled")]
    AppDisabled,
    /// An app was enabled again.
    #[serde(rename = "app.enabled")]
    AppEnabled,
    /// All tokens of an app were revoked.
    #[serde(rename = "app.tokens_revoked")]
    AppTokensRevoked,
    /// An app was revoked permanently.
    #[serde(rename = "app.revoked")]
    AppRevoked,
    /// A webhook of an app was created.
    #[serde(rename = "webhook.created")]
    WebhookCreated,
    /// A webhook of an app was changed, disabled or enabled by its maker.
    #[serde(rename = "webhook.updated")]
    WebhookUpdated,
    /// A webhook of an app was deleted.
    #[serde(rename = "webhook.deleted")]
    WebhookDeleted,
    /// A webhook of an app got a new secret.
    #[serde(rename = "webhook.secret_rotated")]
    WebhookSecretRotated,
    /// Messages were sent to a webhook again; the subject is the webhook.
    #[serde(rename = "webhook.resent")]
    WebhookResent,
    /// A webhook of an app was disabled, because its receiver took no events.
    #[serde(rename = "webhook.disabled")]
    WebhookDisabled,
    /// A client was registered at the registration endpoint.
    #[serde(rename = "client.registered")]
    ClientRegistered,
    /// A client updated its registration.
    #[serde(rename = "client.updated")]
    ClientUpdated,
    /// An operator reviewed a client.
    #[serde(rename = "client.reviewed")]
    ClientReviewed,
    /// A client deleted its registration.
    #[serde(rename = "client.deleted")]
    ClientDeleted,
    /// A rate limit was exceeded, for the first time in a window; the subject is its kind.
    #[serde(rename = "limit.exceeded")]
    LimitExceeded,
    /// A client failed to authenticate.
    #[serde(rename = "client.authentication")]
    ClientAuthentication,
    /// A registration access token was used for another client, and revoked.
    #[serde(rename = "registration_token.misused")]
    RegistrationTokenMisused,
    /// A user ended the registration access token of their app.
    #[serde(rename = "registration_token.ended")]
    RegistrationTokenEnded,
    /// A user consented to an app.
    #[serde(rename = "consent.given")]
    ConsentGiven,
    /// A user denied an app's request.
    #[serde(rename = "consent.refused")]
    ConsentRefused,
    /// A user withdrew their consent.
    #[serde(rename = "consent.withdrawn")]
    ConsentWithdrawn,
    /// A user approved an app on another device.
    #[serde(rename = "device.allowed")]
    DeviceAllowed,
    /// A user denied an app on another device.
    #[serde(rename = "device.denied")]
    DeviceDenied,
    /// A code was used again, and the session that it started was revoked.
    #[serde(rename = "code.replayed")]
    CodeReplayed,
    /// A refresh token was used again, and its session was revoked.
    #[serde(rename = "refresh_token.replayed")]
    RefreshTokenReplayed,
    /// A client revoked a token.
    #[serde(rename = "token.revoked")]
    TokenRevoked,
    /// A user's upstream identity was linked.
    #[serde(rename = "upstream.linked")]
    UpstreamLinked,
    /// A user's upstream identity was unlinked.
    #[serde(rename = "upstream.unlinked")]
    UpstreamUnlinked,
    /// A user created a user key.
    #[serde(rename = "user_key.created")]
    UserKeyCreated,
    /// A user renamed a user key.
    #[serde(rename = "user_key.renamed")]
    UserKeyRenamed,
    /// A user revoked a user key.
    #[serde(rename = "user_key.revoked")]
    UserKeyRevoked,
    /// A script signed in with a user key, or failed to.
    #[serde(rename = "user_key.used")]
    UserKeyUsed,
    /// Keys were rotated.
    #[serde(rename = "keys.rotated")]
    KeysRotated,
    /// An operator of the stack revoked a signing key or a MAC key.
    #[serde(rename = "key.revoked")]
    KeyRevoked,
    /// An operator listed the users of all accounts.
    #[serde(rename = "users.listed")]
    UsersListed,
    /// An operator looked a user up.
    #[serde(rename = "user.read")]
    UserRead,
    /// An operator read an audit trail.
    #[serde(rename = "trail.read")]
    TrailRead,
    /// An operator listed the mails that are not sent.
    #[serde(rename = "mails.listed")]
    MailsListed,
    /// An operator sent a mail again that was given up; the subject is its id.
    #[serde(rename = "mail.resent")]
    MailResent,
    /// An operator disabled a user.
    #[serde(rename = "user.disabled")]
    UserDisabled,
    /// An operator enabled a user again.
    #[serde(rename = "user.enabled")]
    UserEnabled,
    /// A user was sent a link to verify their e-mail address.
    #[serde(rename = "email.verification_sent")]
    EmailVerificationSent,
    /// A user verified their e-mail address.
    #[serde(rename = "email.verified")]
    EmailVerified,
    /// The owner of an e-mail address said that they did not register with it.
    #[serde(rename = "email.disowned")]
    EmailDisowned,
    /// A user said that something was not added to their account by them.
    #[serde(rename = "user.binding_disowned")]
    BindingDisowned,
    /// Everything that was set up in a user's name before ended: sessions, user keys, consents and links to providers.
    #[serde(rename = "user.authenticators_ended")]
    AuthenticatorsEnded,
    /// A user requested a link to reset their password.
    #[serde(rename = "password.reset_requested")]
    PasswordResetRequested,
    /// A user set a new password with a mailed link.
    #[serde(rename = "password.reset")]
    PasswordReset,
    /// A user changed their password.
    #[serde(rename = "password.changed")]
    PasswordChanged,
    /// A user requested a new e-mail address.
    #[serde(rename = "email.change_requested")]
    EmailChangeRequested,
    /// A user's e-mail address was changed.
    #[serde(rename = "email.changed")]
    EmailChanged,
    /// A user changed their profile.
    #[serde(rename = "user.updated")]
    UserUpdated,
    /// A user exported their data.
    #[serde(rename = "user.exported")]
    UserExported,
    /// A user's data was deleted.
    #[serde(rename = "user.deleted")]
    UserDeleted,
    /// A user undid the deletion of their account.
    #[serde(rename = "user.restored")]
    UserRestored,
}

/// An action as it is recorded. The trail also shows what a newer version did, in that version's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RecordedAction {
    /// One that this version knows.
    Known(AuditAction),
    /// One of another version.
    Unknown(String),
}

/// The outcome of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Succeeded,
    /// It was attempted, and refused.
    Refused,
}

/// An event of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// The event's id.
    pub id: AuditEventId,
    /// When it happened.
    pub at: Timestamp,
    /// The action.
    pub action: RecordedAction,
    /// Its outcome.
    pub outcome: Outcome,
    /// The account that the event belongs to, if any.
    pub account_id: Option<AccountId>,
    /// The user on whose behalf it was done or attempted, if any.
    pub user_id: Option<UserId>,
    /// The client that did it, if any.
    pub client_id: Option<ClientId>,
    /// The id of the subject: a user, an app, a session or a consent.
    pub subject: Option<String>,
    /// Where the request came from.
    pub origin: Origin,
}

impl AuditEvent {
    /// A successful event, as yet without account, user, client and subject.
    pub fn new(action: AuditAction, origin: Origin, now: Timestamp) -> Self {
        Self {
            id: AuditEventId::generate(now),
            at: now,
            action: RecordedAction::Known(action),
            outcome: Outcome::Succeeded,
            account_id: None,
            user_id: None,
            client_id: None,
            subject: None,
            origin,
        }
    }

    /// Another event of the same request, by the same user and client.
    pub fn beside(&self, action: AuditAction) -> Self {
        Self {
            id: AuditEventId::generate(self.at),
            action: RecordedAction::Known(action),
            subject: None,
            ..self.clone()
        }
    }

    /// The same event, done by this user, in their account; unchanged without a user.
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

    /// The same event, done by this actor: the user, and the app if there is one.
    pub fn of_actor(self, actor: &Actor<'_>) -> Self {
        self.of_user(actor.user).by_client(actor.client_id)
    }

    /// The same event, in this account, if there is one; it sets no user.
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

    /// The same event, with the subject that has this id.
    pub fn about(self, subject: impl Display) -> Self {
        Self { subject: Some(subject.to_string()), ..self }
    }

    /// The same event, with this client as its subject: the app's id if it has one.
    pub fn about_client(self, client: &ClientId) -> Self {
        match client.app_id() {
            Some(id) => self.about(id),
            None => self.about(client),
        }
    }

    /// The same event with an id that follows from what it says and from the window of time that it is in, whose length is
    /// `window`: of all that say the same in one window, one can be recorded.
    pub fn once_in(self, window: Duration) -> Self {
        let length = i64::try_from(window.as_secs()).unwrap_or(i64::MAX).max(1);
        let begins_at = self.at.as_seconds().div_euclid(length).saturating_mul(length);
        let said = (&self.action, &self.outcome, self.account_id, self.user_id, &self.client_id, &self.subject);
        let hash = SecretHash::of(format!("{said:?} {begins_at}").as_bytes());
        Self { id: AuditEventId::derived(Timestamp::from_seconds(begins_at), hash.as_bytes()), ..self }
    }

    /// The event of a rate limit that refuses the attempt which this event would record; the kind of the limit becomes its
    /// subject. It has the account, user and client of the attempt and the request's id, and not where it came from: the
    /// count is of other attempts, too.
    pub fn of_limit(&self) -> Self {
        let origin = Origin { request_id: self.origin.request_id.clone(), ..Origin::default() };
        Self { origin, ..self.beside(AuditAction::LimitExceeded).refused() }
    }

    /// The same event, attempted and refused.
    pub fn refused(self) -> Self {
        Self { outcome: Outcome::Refused, ..self }
    }
}
