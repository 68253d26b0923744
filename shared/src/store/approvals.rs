//! A user's answers to authorization requests, and what is created from them.

use async_recursion::async_recursion as boxed;

use super::authorization_items::{Expiring, KEPT, StoredCode, StoredConsent};
use super::authorizations::{code_key, consent_key, device_key, pending_key};
use super::sessions::{NewSession, session_key};
use super::stores::Stores;
use super::table::ItemKey;
use super::transaction::Transaction;
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::authorization::AuthorizationId;
use crate::domain::authorization::code::AuthorizationCode;
use crate::domain::authorization::consent::{Approval, ConsentChange, ConsentId};
use crate::domain::authorization::device::{DeviceAnswer, DeviceAuthorization, UserCode};
use crate::domain::client::id::ClientId;
use crate::domain::oauth::scope::Scope;
use crate::domain::session::Session;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::fault::Fault;

/// The outcome of a user's approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approved {
    /// The code exists, and so does the consent.
    Done,
    /// The authorization was answered before, and nothing was written.
    AnsweredBefore,
    /// The consent changed since it was read, and nothing was written.
    Raced,
}

/// What a user's approval creates.
#[derive(Clone, Copy, Debug)]
pub enum GrantTarget<'a> {
    /// A code, for the app that sent their browser here.
    Code(&'a AuthorizationCode),
    /// The answer that an app on another device polls for, under this user code.
    Device(UserCode, &'a Approval),
}

impl GrantTarget<'_> {
    const fn approval(&self) -> &Approval {
        match self {
            Self::Code(code) => &code.approval,
            Self::Device(_, approval) => approval,
        }
    }
}

/// What an app exchanges for a session.
#[derive(Clone, Copy, Debug)]
pub enum ExchangeSource<'a> {
    /// A code.
    Code(&'a AuthorizationCode),
    /// A device authorization that was approved.
    Device(&'a DeviceAuthorization, &'a Approval),
}

impl ExchangeSource<'_> {
    const fn approval(&self) -> &Approval {
        match self {
            Self::Code(code) => &code.approval,
            Self::Device(_, approval) => approval,
        }
    }

    fn key(&self) -> ItemKey {
        match self {
            Self::Code(code) => code_key(code.approval.user_id, &code.hash),
            Self::Device(device, _) => device_key(device.user_code),
        }
    }
}

/// The outcome of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// The session exists.
    Done,
    /// Another exchange came first.
    Used,
    /// The user withdrew their consent or signed out meanwhile.
    Withdrawn,
}

impl Stores {
    /// Closes an authorization without a code, and records the event, if there is one, in one transaction; returns
    /// whether it was open. Repeated, the transaction is recognised by its token; raced, exactly one answer counts.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then it is still open.
    #[boxed]
    pub async fn close(&self, id: AuthorizationId, event: Option<&AuditEvent>, now: Timestamp) -> Result<bool, Fault> {
        let attempt = WriteId::generate(now);
        let write = Write::to(&self.authorizations.0, pending_key(id)).set("answered_at", now).set("attempt", attempt);
        let mut transaction = Transaction::new(attempt);
        transaction.add(write.if_absent("answered_at").if_greater("ends_at", now).into_update()?, false);
        if let Some(event) = event {
            self.audit.add_to(&mut transaction, event)?;
        }
        transaction.commit(&self.client, true).await
    }

    /// Withdraws a consent, and records it, in one transaction: from then on nothing that depends on it works.
    ///
    /// Repeated, there is nothing left to withdraw, and nothing more is written; a consent that was given anew
    /// meanwhile has another id and stays.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn withdraw(
        &self,
        user: UserId,
        client: &ClientId,
        consent: ConsentId,
        event: &AuditEvent,
    ) -> Result<(), Fault> {
        let delete = Write::to(&self.authorizations.0, consent_key(user, client)).if_equal("id", consent);
        let mut transaction = Transaction::new(WriteId::generate(event.at));
        transaction.add(delete.into_delete()?, ());
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, ()).await
    }

    /// Creates what an app gets from a user's approval, with the consent that it depends on, closes the authorization
    /// that it answers, and records the event, if there is one, in one transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one answer of an authorization counts. A
    /// consent is extended only while it has the id that was read, and its identity never changes; of two extensions at
    /// once the last counts, and the user is asked again for the other.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written; then all of it exists or none.
    pub async fn approve(
        &self,
        answers: Option<AuthorizationId>,
        target: GrantTarget<'_>,
        consent: &ConsentChange,
        event: Option<&AuditEvent>,
        now: Timestamp,
    ) -> Result<Approved, Fault> {
        let (table, attempt, approval) = (&self.authorizations.0, WriteId::generate(now), target.approval());
        let mut transaction = Transaction::new(attempt);
        match target {
            GrantTarget::Code(code) => {
                let item = Expiring { item: StoredCode(code.clone()), expires_at: code.ends_at.after(KEPT) };
                let put = Write::to(table, code_key(approval.user_id, &code.hash)).if_new().into_put(&item)?;
                transaction.add_certain(put, "a new code's name is taken");
            }
            GrantTarget::Device(code, approval) => {
                let answer = DeviceAnswer::Approved(Box::new(approval.clone()));
                let write = Write::to(table, device_key(code)).set("answer", answer);
                let update = write.if_absent("answer").if_greater("ends_at", now).into_update()?;
                transaction.add(update, Approved::AnsweredBefore);
            }
        }
        if let Some(id) = answers {
            let close = Write::to(table, pending_key(id)).set("answered_at", now).set("attempt", attempt);
            let update = close.if_absent("answered_at").if_greater("ends_at", now).into_update()?;
            transaction.add(update, Approved::AnsweredBefore);
        }
        let consent_key = consent_key(approval.user_id, &approval.grant.client_id);
        match consent {
            ConsentChange::None => {}
            ConsentChange::Give(new) => {
                let put = Write::to(table, consent_key).if_new().into_put(&StoredConsent(new.clone()))?;
                transaction.add(put, Approved::Raced);
            }
            ConsentChange::Replace(before, new) => {
                let put = Write::to(table, consent_key).if_equal("id", before).into_put(&StoredConsent(new.clone()))?;
                transaction.add(put, Approved::Raced);
            }
            ConsentChange::Renew(new) => {
                let write = Write::to(table, consent_key)
                    .set("scopes", &new.scopes)
                    .set_some("resources", Some(&new.resources).filter(|resources| !resources.is_empty()))
                    .set("updated_at", new.updated_at)
                    .if_equal("id", new.id);
                transaction.add(write.into_update()?, Approved::Raced);
            }
        }
        if let Some(event) = event {
            self.audit.add_to(&mut transaction, event)?;
        }
        transaction.commit(&self.client, Approved::Done).await
    }

    /// Spends what a user's approval created and begins the session that was chosen with it, in one transaction, if the
    /// consent is still valid and, unless access outlives the browser's sign-out, the browser is still signed in.
    ///
    /// Repeated, the transaction is recognised by its token; of all that race, exactly one gets [`Exchanged::Done`].
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written; then nothing was spent.
    pub async fn exchange(&self, source: ExchangeSource<'_>, session: &Session) -> Result<Exchanged, Fault> {
        let (table, sessions, now) = (&self.authorizations.0, &self.sessions.0, session.created_at);
        let Approval { user_id, grant, .. } = source.approval();
        let spend = Write::to(table, source.key())
            .set("used_at", now)
            .set("attempt", session.attempt)
            .if_absent("used_at")
            .if_greater("ends_at", now);
        let consent = Write::to(table, consent_key(*user_id, &grant.client_id));
        let new = Write::to(sessions, session_key(session.user_id, session.id)).if_new();
        let mut transaction = Transaction::new(session.attempt);
        transaction.add(spend.into_update()?, Exchanged::Used);
        transaction.add(consent.if_equal("id", grant.consent_id).into_check()?, Exchanged::Withdrawn);
        transaction.add_certain(new.into_put(&NewSession::of(session))?, "a new session's id is taken");
        if let Some(browser) = grant.browser_session_id
            && !grant.scopes.contains(Scope::OFFLINE_ACCESS)
        {
            let browser = Write::to(sessions, session_key(*user_id, browser));
            transaction.add(browser.if_absent("revoked_at").into_check()?, Exchanged::Withdrawn);
        }
        transaction.commit(&self.client, Exchanged::Done).await
    }
}
