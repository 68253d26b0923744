//! Mail that waits to be sent: what it says, and to whom.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::email_link::LinkSeed;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::{WriteId, uuid_id};
use crate::domain::types::locale::Locale;
use crate::domain::types::timestamp::Timestamp;

uuid_id! {
    /// Identifies a mail; mails of later seconds sort later.
    MailId
}

/// How long a mail without a link is worth sending.
const WORTH_SENDING: Duration = Duration::from_secs(3 * 86_400);

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailMessage {
    /// Confirm that this address is yours.
    VerifyEmail {
        /// What the link's token is made from.
        link: LinkSeed,
    },
    /// Choose a new password.
    ResetPassword {
        /// What the link's token is made from.
        link: LinkSeed,
    },
    /// Confirm that this is your new address.
    ChangeEmail {
        /// What the link's token is made from.
        link: LinkSeed,
    },
    /// Somebody asked that your account get another address.
    EmailChangeAsked {
        /// That.
        new_email: EmailAddress,
    },
    /// Your account has another address now.
    EmailChanged {
        /// That.
        new_email: EmailAddress,
    },
    /// Your password was changed.
    PasswordChanged,
    /// Your account was deleted.
    AccountDeleted,
    /// Nothing, to nobody: what an unknown address gets, at the cost of a real one.
    Nothing,
}

impl MailMessage {
    const fn link(&self) -> Option<&LinkSeed> {
        match self {
            Self::VerifyEmail { link } | Self::ResetPassword { link } | Self::ChangeEmail { link } => Some(link),
            Self::EmailChangeAsked { .. }
            | Self::EmailChanged { .. }
            | Self::PasswordChanged
            | Self::AccountDeleted
            | Self::Nothing => None,
        }
    }
}

/// A mail in the outbox.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// The mail's id.
    pub id: MailId,
    /// Where it goes.
    pub to: EmailAddress,
    /// The language that its reader prefers, if they said so.
    pub locale: Option<Locale>,
    /// What it says.
    pub message: MailMessage,
    /// Who has it in hand, or had it last.
    pub attempt: WriteId,
    /// How often it was tried.
    pub tries: u32,
    /// From when on somebody may take it in hand.
    pub due_at: Timestamp,
    /// From when on it is not worth sending: its link has expired, or it is old news.
    pub expires_at: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
}

impl OutgoingMail {
    /// A mail that may be sent at once.
    pub fn new(to: &EmailAddress, locale: Option<&Locale>, message: MailMessage, now: Timestamp) -> Self {
        let worth = message.link().map_or(WORTH_SENDING, |link| link.purpose.lifetime());
        Self {
            id: MailId::generate(now),
            to: to.clone(),
            locale: locale.cloned(),
            message,
            attempt: WriteId::generate(now),
            tries: 0,
            due_at: now,
            expires_at: now.after(worth),
            created_at: now,
        }
    }

    /// How long to wait after a try that failed: a minute, and twice as long each time, up to an hour.
    pub fn wait_after_failure(&self) -> Duration {
        Duration::from_secs(60 * 2u64.pow(self.tries.saturating_sub(1).min(6))).min(Duration::from_secs(3_600))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_waited_for_longer_up_to_an_hour() {
        let now = Timestamp::from_seconds(9);
        let to = EmailAddress::parse("ada@example.com").unwrap();
        let tried = |tries| OutgoingMail { tries, ..OutgoingMail::new(&to, None, MailMessage::PasswordChanged, now) };
        let minutes = [1, 2, 3, 4, 5, 6, 7, 8, 99].map(|tries| tried(tries).wait_after_failure().as_secs() / 60);
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
