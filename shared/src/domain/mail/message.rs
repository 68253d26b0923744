//! Mail in the outbox: its message and its recipient.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::client::id::AppId;
use crate::domain::delivery::Work;
use crate::domain::email_link::LinkSeed;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::locale::Locale;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::SECOND_THOUGHTS;
use crate::domain::user::binding::UserBinding;
use crate::domain::user::restoration::Restoration;
use crate::domain::webhook::{WebhookId, Why};

/// How long after its creation a mail without a link may be sent.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3 * 86_400);

/// The message of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailMessage {
    /// Confirm that this address is yours.
    VerifyEmail {
        /// What the link's token is derived from.
        link: LinkSeed,
    },
    /// Choose a new password.
    ResetPassword {
        /// What the link's token is derived from.
        link: LinkSeed,
    },
    /// Confirm that this is your new address.
    ChangeEmail {
        /// What the link's token is derived from.
        link: LinkSeed,
    },
    /// A new address was requested for your account.
    EmailChangeAsked {
        /// The requested address.
        new_email: EmailAddress,
        /// The network address of the request; absent in mails of an earlier version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// Your account has a new address.
    EmailChanged {
        /// The new address.
        new_email: EmailAddress,
        /// What the link to undo it is made of; absent in mails of an earlier version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        binding: Option<UserBinding>,
        /// The network address from which it was changed; absent in mails of an earlier version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// Something was added to your account.
    Bound {
        /// What, and what the link to end it is made of.
        binding: UserBinding,
        /// The network address from which it was added.
        from: String,
        /// The issuer of the identity, if it is a link to a provider.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
    },
    /// Your password was changed: written by an earlier version.
    PasswordChanged,
    /// Your account was deleted, and this cannot be undone.
    AccountDeleted,
    /// Your account was deleted, and you can undo it.
    AccountDeletionBegun {
        /// What the link to undo it is made of.
        restoration: Restoration,
        /// Until when.
        until: Timestamp,
        /// The network address from which it was deleted.
        from: String,
    },
    /// Your account is not deleted any more.
    AccountRestored {
        /// The network address from which it was restored.
        from: String,
    },
    /// A webhook of one of your apps gets no events any more.
    WebhookDisabled {
        /// The app.
        app_id: AppId,
        /// The webhook.
        webhook_id: WebhookId,
        /// Why.
        why: Why,
    },
    /// No mail: written for an unknown address, at the same cost as a real one.
    Nothing,
}

impl MailMessage {
    /// The network address from which was done what the mail is about, if it tells.
    pub fn from(&self) -> Option<&str> {
        match self {
            Self::Bound { from, .. } | Self::AccountDeletionBegun { from, .. } | Self::AccountRestored { from } => {
                Some(from)
            }
            Self::EmailChangeAsked { from, .. } | Self::EmailChanged { from, .. } => from.as_deref(),
            Self::VerifyEmail { .. }
            | Self::ResetPassword { .. }
            | Self::ChangeEmail { .. }
            | Self::PasswordChanged
            | Self::AccountDeleted
            | Self::WebhookDisabled { .. }
            | Self::Nothing => None,
        }
    }

    /// The name of its kind, as the table has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::ChangeEmail { .. } => "change_email",
            Self::EmailChangeAsked { .. } => "email_change_asked",
            Self::EmailChanged { .. } => "email_changed",
            Self::Bound { .. } => "bound",
            Self::PasswordChanged => "password_changed",
            Self::AccountDeleted => "account_deleted",
            Self::AccountDeletionBegun { .. } => "account_deletion_begun",
            Self::AccountRestored { .. } => "account_restored",
            Self::WebhookDisabled { .. } => "webhook_disabled",
            Self::Nothing => "nothing",
        }
    }

    /// Whether its user can ask for another one: it is only a link.
    pub const fn is_on_request(&self) -> bool {
        self.link().is_some()
    }

    /// When the link of a mail that was created at this time expires; `None` if it has none.
    fn link_expires_at(&self, created_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::VerifyEmail { link } | Self::ResetPassword { link } | Self::ChangeEmail { link } => {
                Some(created_at.after(link.purpose.lifetime()))
            }
            Self::Bound { binding, .. } | Self::EmailChanged { binding: Some(binding), .. } => {
                Some(binding.at.after(SECOND_THOUGHTS))
            }
            Self::AccountDeletionBegun { until, .. } => Some(*until),
            Self::EmailChanged { binding: None, .. }
            | Self::EmailChangeAsked { .. }
            | Self::PasswordChanged
            | Self::AccountDeleted
            | Self::AccountRestored { .. }
            | Self::WebhookDisabled { .. }
            | Self::Nothing => None,
        }
    }

    const fn link(&self) -> Option<&LinkSeed> {
        match self {
            Self::VerifyEmail { link } | Self::ResetPassword { link } | Self::ChangeEmail { link } => Some(link),
            Self::EmailChangeAsked { .. }
            | Self::Bound { .. }
            | Self::EmailChanged { .. }
            | Self::PasswordChanged
            | Self::AccountDeleted
            | Self::AccountDeletionBegun { .. }
            | Self::AccountRestored { .. }
            | Self::WebhookDisabled { .. }
            | Self::Nothing => None,
        }
    }
}

/// A mail: what is delivered to whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// The recipient.
    pub to: EmailAddress,
    /// The recipient's preferred language, if they set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// The message.
    pub message: MailMessage,
}

/// A mail in the outbox.
pub type OutgoingMail = Work<Letter>;

impl OutgoingMail {
    /// A mail that may be sent at once, until its link expires.
    pub fn of(to: &EmailAddress, locale: Option<&Locale>, message: MailMessage, now: Timestamp) -> Self {
        let lifetime = message.link().map_or(DEFAULT_LIFETIME, |link| link.purpose.lifetime());
        Self::new(Letter { to: to.clone(), locale: locale.cloned(), message }, lifetime, now)
    }

    /// Whether there is something to send: not if it was written for an unknown address, or is sent already.
    pub fn is_deliverable(&self) -> bool {
        !self.is_delivered && self.task.message != MailMessage::Nothing
    }

    /// Until when it may be sent if it is put into the queue again now; `None` if its link has expired.
    pub fn new_end(&self, now: Timestamp) -> Option<Timestamp> {
        let end = now.after(DEFAULT_LIFETIME);
        match self.task.message.link_expires_at(self.created_at) {
            Some(expires_at) if expires_at <= now => None,
            Some(expires_at) => Some(end.min(expires_at)),
            None => Some(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::crypto::mac_keys::MacKeys;
    use crate::domain::email_link::{LinkPurpose, LinkUser, MailedLink};
    use crate::domain::user::{Epoch, UserId};

    const CREATED: Timestamp = Timestamp::from_seconds(1_000_000);
    const DAY: i64 = 86_400;

    fn after(days: i64) -> Timestamp {
        Timestamp::from_seconds(CREATED.as_seconds() + days * DAY)
    }

    fn mail(message: MailMessage) -> OutgoingMail {
        OutgoingMail::of(&EmailAddress::parse("ada@example.com").unwrap(), None, message, CREATED)
    }

    fn link(purpose: LinkPurpose) -> LinkSeed {
        let (email, id) = (EmailAddress::parse("ada@example.com").unwrap(), UserId::generate(CREATED));
        let user = LinkUser { id, email: Some(&email), epoch: Epoch::FIRST };
        MailedLink::new(purpose, user, &email, &MacKeys::fixed(), CREATED).unwrap().1
    }

    fn deletion() -> MailMessage {
        let restoration = Restoration { user_id: UserId::generate(CREATED), deleted_at: CREATED };
        MailMessage::AccountDeletionBegun { restoration, until: after(7), from: String::new() }
    }

    #[test]
    fn a_kind_is_named_as_in_the_table() {
        for message in [
            MailMessage::VerifyEmail { link: link(LinkPurpose::VerifyEmail) },
            MailMessage::ResetPassword { link: link(LinkPurpose::ResetPassword) },
            MailMessage::ChangeEmail { link: link(LinkPurpose::ChangeEmail) },
            MailMessage::PasswordChanged,
            MailMessage::AccountDeleted,
            deletion(),
            MailMessage::AccountRestored { from: String::new() },
            MailMessage::WebhookDisabled {
                app_id: AppId::generate(CREATED),
                webhook_id: WebhookId::generate(CREATED),
                why: Why::Gone,
            },
            MailMessage::Nothing,
        ] {
            assert_eq!(serde_json::to_value(&message).unwrap()["kind"], message.kind());
        }
    }

    #[test]
    fn a_mail_may_be_sent_again_for_three_days_and_not_after_the_end_of_its_link() {
        let verification = mail(MailMessage::VerifyEmail { link: link(LinkPurpose::VerifyEmail) });
        assert_eq!(verification.new_end(CREATED), Some(after(1)));
        assert_eq!(verification.new_end(Timestamp::from_seconds(after(1).as_seconds() - 1)), Some(after(1)));
        assert_eq!(verification.new_end(after(1)), None);
        let notice = mail(deletion());
        assert_eq!([3, 5, 7].map(|days| notice.new_end(after(days))), [Some(after(6)), Some(after(7)), None]);
        assert_eq!(mail(MailMessage::AccountDeleted).new_end(after(13)), Some(after(16)));
    }
}
