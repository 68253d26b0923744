//! What rests on more than one table: each decision on one consistent read, each change on one transaction.

use super::Stores;
use super::apps::{StoredApp, app_key};
use super::batch::Batch;
use super::sessions::{NewSession, StoredSession, session_key};
use super::transaction::{Transacted, transact};
use super::users::{AccountItem, EmailItem, StoredUser, account_key, email_key, user_key};
use super::write::Write;
use crate::account::Account;
use crate::fault::Fault;
use crate::oauth_app::{AppId, OauthApp};
use crate::session::{Session, SessionId};
use crate::user::{User, UserId};

/// An app, and whoever made it.
#[derive(Debug)]
pub struct AppFacts {
    /// The app.
    pub app: Option<OauthApp>,
    /// Its creator, if the id that was given is the creator's.
    pub creator: Option<User>,
}

/// What came of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// User, account and first session exist.
    Done,
    /// Somebody else has the e-mail address, and nothing was written.
    EmailTaken,
}

impl Stores {
    /// Reads a session and its user, as they both are now, in one call.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    pub async fn session_and_user(&self, user: UserId, session: SessionId) -> Result<Option<(Session, User)>, Fault> {
        let (session_key, user_key) = (session_key(user, session), user_key(user));
        let keys = [(&self.sessions.0, session_key.clone()), (&self.users.0, user_key.clone())];
        let mut batch = Batch::read(&self.client, &keys).await?;
        let session: Option<StoredSession> = batch.take(&self.sessions.0, &session_key)?;
        let user: Option<StoredUser> = batch.take(&self.users.0, &user_key)?;
        Ok(session.zip(user).map(|(StoredSession(session), StoredUser(user))| (session, user)))
    }

    /// Reads an app and the user who is believed to have made it, as they both are now, in one call.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    pub async fn app_and_creator(&self, app: AppId, creator: Option<UserId>) -> Result<AppFacts, Fault> {
        let (app_key, user_key) = (app_key(app), creator.map(user_key));
        let mut keys = vec![(&self.apps.0, app_key.clone())];
        keys.extend(user_key.iter().map(|key| (&self.users.0, key.clone())));
        let mut batch = Batch::read(&self.client, &keys).await?;
        let app: Option<StoredApp> = batch.take(&self.apps.0, &app_key)?;
        let user: Option<StoredUser> = match user_key {
            Some(key) => batch.take(&self.users.0, &key)?,
            None => None,
        };
        let app = app.map(|StoredApp(app)| app);
        let creator =
            user.map(|StoredUser(user)| user).filter(|user| app.as_ref().is_some_and(|app| app.created_by == user.id));
        Ok(AppFacts { app, creator })
    }

    /// Makes a user, their account and their first session, and claims the e-mail address, in one transaction.
    ///
    /// Repeated, the transaction knows itself by its token; raced for one address, exactly one is done.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then all of it exists or none.
    pub async fn register(&self, user: &User, account: &Account, session: &Session) -> Result<Registered, Fault> {
        let users = &self.users.0;
        let items = vec![
            Write::to(users, email_key(&user.email)).if_new().into_put(&EmailItem { user_id: user.id })?,
            Write::to(users, user_key(user.id)).if_new().into_put(&StoredUser(user.clone()))?,
            Write::to(users, account_key(account.id)).if_new().into_put(&AccountItem::from(account))?,
            Write::to(&self.sessions.0, session_key(user.id, session.id))
                .if_new()
                .into_put(&NewSession::of(session))?,
        ];
        match transact(&self.client, session.attempt, items).await? {
            Transacted::Done => Ok(Registered::Done),
            Transacted::Refused { position: 0, .. } => Ok(Registered::EmailTaken),
            Transacted::Refused { .. } => Err(Fault::broken("a new user's id is taken")),
        }
    }
}
