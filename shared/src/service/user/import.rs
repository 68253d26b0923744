//! Importing users of another system, a page of lines at a time.
//!
//! It sends no mail: it is the operator's, and the users did nothing.

use std::collections::{HashMap, HashSet};

use async_recursion::async_recursion as boxed;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditEvent};
use crate::domain::input::fields::Mistakes;
use crate::domain::types::origin::Origin;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::identity::UpstreamLink;
use crate::domain::user::account::Account;
use crate::domain::user::import::{Decision, ImportedUser, LineMistake, Owner, Unique, decide};
use crate::domain::user::{User, UserId};
use crate::fault::Fault;
use crate::service::user::registration::new_owner;
use crate::store::{NewUser, Registered};

/// How many users are written at the same time.
const AT_ONCE: usize = 10;

/// The outcome of a line.
#[derive(Debug)]
pub enum Outcome {
    /// The user exists from now on, and has the address that this user had, if any.
    Imported(UserId, Option<UserId>),
    /// The user would be imported, and get the address of this user, if any; nothing was written.
    Importable(Option<UserId>),
    /// The user was imported before, and nothing was written.
    Exists(UserId),
    /// The line is refused, and nothing was written.
    Refused(LineMistake),
}

/// An import: the operator who asks for it, from where, and when.
#[derive(Clone, Debug)]
pub struct Import<'i> {
    /// The operator.
    pub operator: &'i User,
    /// Where the request came from.
    pub origin: Origin,
    /// Whether nothing is written.
    pub is_dry_run: bool,
    /// The time.
    pub now: Timestamp,
}

impl Import<'_> {
    /// Imports the users of a page, each in one transaction; returns the outcome of each line.
    ///
    /// Repeated after a fault, it finds those who were imported, and continues with the others.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read or written; then some of the users may be imported.
    #[boxed]
    pub async fn page(&self, app: &App, lines: Vec<Result<ImportedUser, LineMistake>>) -> Result<Vec<Outcome>, Fault> {
        let mut owners = self.owners(app, &lines).await?;
        self.find_unverified(app, &lines, &mut owners).await?;
        let mut claimed = HashSet::new();
        let decisions: Vec<Decision> = lines
            .into_iter()
            .map(|line| line.map_or_else(Decision::Refuse, |user| decide(user, &owners, &mut claimed)))
            .collect();
        stream::iter(decisions).map(|decision| self.act(app, decision)).buffered(AT_ONCE).try_collect().await
    }

    /// Reads who has what the users of a page would have. A batch is no snapshot: of another import at this moment it may
    /// have seen an address and not yet the id that came with it, so it is read once more where it saw the one only.
    async fn owners(
        &self,
        app: &App,
        lines: &[Result<ImportedUser, LineMistake>],
    ) -> Result<HashMap<Unique, Owner>, Fault> {
        let read =
            || app.stores.users.owners(lines.iter().flatten().flat_map(ImportedUser::uniques).collect(), self.now);
        let owners = read().await?;
        let is_partly_seen = |user: &ImportedUser| {
            let (ids, others): (Vec<Unique>, Vec<Unique>) =
                user.uniques().partition(|unique| matches!(unique, Unique::ImportId(_)));
            let is_taken = |unique: &Unique| owners.contains_key(unique);
            others.iter().any(is_taken) && !ids.iter().any(is_taken)
        };
        if lines.iter().flatten().any(is_partly_seen) { read().await } else { Ok(owners) }
    }

    /// Finds the users who have an address that a line proves, and did not verify it: one batch read, if there are any.
    /// Imported users keep theirs, because the lines of one operator contradict each other then. Where no mail is sent, no user
    /// could verify an address, and none is given up.
    async fn find_unverified(
        &self,
        app: &App,
        lines: &[Result<ImportedUser, LineMistake>],
        owners: &mut HashMap<Unique, Owner>,
    ) -> Result<(), Fault> {
        if app.config.mail_from.is_none() {
            return Ok(());
        }
        let is_new = |user: &&ImportedUser| !owners.contains_key(&Unique::ImportId(user.import_id.clone()));
        let proven = lines.iter().flatten().filter(|user| user.is_email_verified).filter(is_new);
        let addresses: HashSet<Unique> = proven.filter_map(|user| user.email.clone()).map(Unique::Email).collect();
        let user_of = |address: &Unique| match owners.get(address) {
            Some(Owner::User(id)) => Some(*id),
            _ => None,
        };
        let ids: HashSet<UserId> = addresses.iter().filter_map(user_of).collect();
        let users = app.stores.users.find_all(&ids.into_iter().collect::<Vec<_>>()).await?;
        for user in users.into_iter().filter(|user| !user.is_email_verified() && user.import_id.is_none()) {
            if let Some(address) = user.email.map(Unique::Email).filter(|address| addresses.contains(address)) {
                owners.insert(address, Owner::Unverified(user.id));
            }
        }
        Ok(())
    }

    async fn act(&self, app: &App, decision: Decision) -> Result<Outcome, Fault> {
        match decision {
            Decision::Import(_, predecessor) if self.is_dry_run => Ok(Outcome::Importable(predecessor)),
            Decision::Import(user, predecessor) => self.register(app, *user, predecessor).await,
            Decision::Exists(id) => Ok(Outcome::Exists(id)),
            Decision::Refuse(mistake) => Ok(Outcome::Refused(mistake)),
        }
    }

    /// Registers one user with the event in their account; what another request took or verified meanwhile refuses the line.
    async fn register(&self, app: &App, imported: ImportedUser, predecessor: Option<UserId>) -> Result<Outcome, Fault> {
        let uniques: Vec<Unique> = imported.uniques().collect();
        let (user, account) = self.user(imported);
        let event = AuditEvent::new(AuditAction::UserImported, self.origin.clone(), self.now).of_user(self.operator);
        let event = event.in_account(account.id).about(user.id);
        let new_user = NewUser {
            user: &user,
            account: &account,
            session: None,
            verification: None,
            key: None,
            predecessor,
            known: &[],
        };
        if app.stores.register(new_user, &event).await? == Registered::Done {
            return Ok(Outcome::Imported(user.id, predecessor));
        }
        let owners = app.stores.users.owners(uniques.clone(), self.now).await?;
        let taken: Vec<&Unique> = uniques.iter().filter(|unique| owners.contains_key(unique)).collect();
        match taken.first().and_then(|first| Some((first, owners.get(first)?))) {
            Some((Unique::ImportId(_), Owner::User(id))) => Ok(Outcome::Exists(*id)),
            Some(_) => {
                let mistakes: Mistakes = taken.into_iter().map(Unique::taken).collect();
                Ok(Outcome::Refused(LineMistake::Fields(mistakes)))
            }
            None => Err(Fault::unavailable("what an imported user has was taken and is free again")),
        }
    }

    /// Creates the user as the owner of a new account; nothing is stored yet.
    fn user(&self, imported: ImportedUser) -> (User, Account) {
        let now = self.now;
        let (user, account) = new_owner(imported.name, None, now);
        let upstream = imported.upstream.into_iter().map(|identity| UpstreamLink { identity, linked_at: now });
        let user = User {
            import_id: Some(imported.import_id),
            email: imported.email,
            email_verified_at: imported.is_email_verified.then_some(now),
            username: imported.username,
            locale: imported.locale,
            password_hash: imported.password_hash,
            upstream: upstream.collect(),
            disabled_at: imported.is_disabled.then_some(now),
            created_at: imported.created_at,
            ..user
        };
        (user, Account { created_at: imported.created_at, ..account })
    }
}
