//! Mail in the outbox: its message and its recipient.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::delivery::Work;
use crate::domain::email_link::LinkSeed;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::locale::Locale;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::binding::UserBinding;
use crate::domain::user::restoration::Restoration;

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
}
