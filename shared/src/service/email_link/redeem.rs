//! Redeeming a mailed link: what it depends on, and the outcome.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::email_link::{LinkPurpose, LinkStatus, LinkToken, MailedLink};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::User;
use crate::fault::Fault;
use crate::store::{Followed, Load};

/// A link that a caller presents, and its user.
#[derive(Debug)]
pub struct LoadedLink {
    /// The link.
    pub link: MailedLink,
    /// The user.
    pub user: User,
    token: LinkToken,
}

impl LoadedLink {
    /// Reads the link and the user that a link's token names: nothing for a token of another form or purpose, and
    /// otherwise one batch. A link whose MAC key was revoked is none.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables or the MAC keys cannot be read.
    #[boxed]
    pub async fn read(app: &App, purpose: LinkPurpose, text: &str) -> Result<Option<Self>, Fault> {
        let Some(token) = LinkToken::parse(text).filter(|token| token.purpose == purpose) else { return Ok(None) };
        let load = Load { user: Some(token.user_id), link: Some((purpose, token.hash())), ..Load::default() };
        let loaded = app.load(load).await?;
        let Some((link, user)) = loaded.link.zip(loaded.user) else { return Ok(None) };
        let is_keyed = match link.key_id {
            Some(id) => app.keys.has_mac_key(id).await?,
            None => true,
        };
        Ok(is_keyed.then_some(Self { link, user, token }))
    }

    /// Returns whether the link is valid, spent or void now.
    pub fn status(&self, now: Timestamp) -> LinkStatus {
        self.link.status(&self.token, &self.user, now)
    }
}

/// The outcome of redeeming a link.
#[derive(Debug)]
pub enum LinkOutcome {
    /// It was done, with the user as they are now.
    Done(Box<User>),
    /// The link was used, is too old, or is unknown.
    Void,
    /// Something else changed the user at the same moment; the link is still valid.
    Raced,
    /// Another user has the address.
    EmailTaken,
}

impl LinkOutcome {
    /// Converts an outcome of the tables that is not a success.
    pub const fn refused(outcome: Followed) -> Self {
        match outcome {
            Followed::Done | Followed::Raced => Self::Raced,
            Followed::Spent => Self::Void,
            Followed::EmailTaken => Self::EmailTaken,
        }
    }
}
