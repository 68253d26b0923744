//! `Apps`: what operators decided on clients, and the logos that they saw.

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::apps::{Apps, client_key};
use super::stores::Stores;
use super::table::ItemKey;
use super::transaction::Transaction;
use super::write::Write;
use crate::domain::audit::AuditEvent;
use crate::domain::client::Client;
use crate::domain::client::id::ClientId;
use crate::domain::client::logo::Logo;
use crate::domain::client::standing::Review;
use crate::domain::types::id::WriteId;
use crate::fault::Fault;

/// The outcome of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reviewed {
    /// It was stored.
    Done,
    /// The client was deleted since it was read.
    Gone,
}

/// A logo as the table stores it: an item of its own, so that reading the client costs no more.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct StoredLogo(Logo);

/// The key of the logo of the client with this key.
pub(super) fn logo_of(client: &ItemKey) -> ItemKey {
    ItemKey::new(client.pk.clone(), "logo")
}

impl Stores {
    /// Stores an operator's decision on a client, with the logo that they saw, and records it, in one transaction. It is a
    /// use of the client: one that is stored for a while only is stored as long as with a user's consent.
    ///
    /// Repeated, the transaction is recognised by its token; raced, the last decision counts. A client that changes at the
    /// same time is not the one that was reviewed: its identity says so.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be written.
    #[boxed]
    pub async fn review(
        &self,
        client: &Client,
        review: &Review,
        logo: Option<&Logo>,
        event: &AuditEvent,
    ) -> Result<Reviewed, Fault> {
        let key = client_key(&client.client_id);
        let write = Write::to(&self.apps.0, key.clone()).set("review", review);
        let write = write.set_some("expires_at", client.longer_life(review.at).as_ref());
        let mut transaction = Transaction::new(WriteId::generate(review.at));
        transaction.add(write.if_exists().if_absent("revoked_at").into_update()?, Reviewed::Gone);
        if let Some(logo) = logo {
            let put = Write::to(&self.apps.0, logo_of(&key)).into_put(&StoredLogo(logo.clone()))?;
            transaction.add_certain(put, "a write without a condition was refused");
        }
        self.audit.add_to(&mut transaction, event)?;
        transaction.commit(&self.client, Reviewed::Done).await
    }
}

impl Apps {
    /// Returns the logo of a client, as an operator saw it last.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn logo(&self, client: &ClientId) -> Result<Option<Logo>, Fault> {
        let stored: Option<StoredLogo> = self.0.get(&logo_of(&client_key(client))).await?;
        Ok(stored.map(|StoredLogo(logo)| logo))
    }
}
