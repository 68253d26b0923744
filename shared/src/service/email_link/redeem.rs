//! Following a mailed link: what it rests on, and what came of it.

use crate::app::App;
use crate::domain::email_link::{LinkPurpose, LinkStanding, LinkToken, MailedLink};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::store::{Followed, Load};

/// A link of ours that somebody presents, and whose it is.
#[derive(Debug)]
pub struct LoadedLink {
    /// The link.
    pub link: MailedLink,
    /// The user.
    pub user: User,
    token: LinkToken,
}

impl LoadedLink {
    /// Reads what the text of a link's token names: nothing for a text of another form or purpose, and otherwise one batch.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    pub async fn read(app: &App, purpose: LinkPurpose, text: &str) -> Result<Option<Self>, Fault> {
        let Some(token) = LinkToken::parse(text).filter(|token| token.purpose == purpose) else { return Ok(None) };
        let load = Load { user: Some(token.user_id), link: Some(purpose), ..Load::default() };
        let loaded = app.load(load).await?;
        Ok(loaded.link.zip(loaded.user).map(|(link, user)| Self { link, user, token }))
    }

    /// What the link is worth now.
    pub fn standing(&self, now: Timestamp) -> LinkStanding {
        self.link.standing(&self.token, &self.user, now)
    }
}

/// What came of following a link.
#[derive(Debug)]
pub enum LinkOutcome {
    /// It was done; the user as they are now.
    Done(Box<User>),
    /// The link was used, is too old, was replaced by a newer one, or is none of ours.
    Void,
    /// Something else changed the user at the same moment; the link is as good as before.
    Raced,
    /// Somebody else has the address.
    EmailTaken,
}

impl LinkOutcome {
    /// An outcome of the tables that is not the good one.
    pub const fn refused(outcome: Followed) -> Self {
        match outcome {
            Followed::Done | Followed::Raced => Self::Raced,
            Followed::Spent => Self::Void,
            Followed::EmailTaken => Self::EmailTaken,
        }
    }
}
