//! `Contacts`: each account's contacts, in its own partition.

use async_recursion::async_recursion as boxed;
use serde::{Deserialize, Serialize};

use super::table::{ItemKey, Table};
use super::transaction::Transaction;
use super::write::{Write, Written};
use crate::domain::contact::{Attributes, ChangedBy, Contact, ContactChange, ContactId};
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::fault::Fault;

/// The table `Contacts`.
pub struct Contacts(pub(super) Table);

/// The form of a contact in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Contact")]
struct ContactItem {
    id: ContactId,
    account_id: AccountId,
    email: EmailAddress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<DisplayName>,
    #[serde(default)]
    attributes: Attributes,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_by: Option<ChangedBy>,
}

/// A contact as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredContact(#[serde(with = "ContactItem")] pub(super) Contact);

/// The item that makes an e-mail address unique within its account.
#[derive(Serialize)]
struct EmailItem {
    contact_id: ContactId,
}

/// The outcome of creating a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactCreated {
    /// It was done.
    Done,
    /// The account has a contact with this e-mail address.
    EmailTaken,
    /// The account has as many contacts as it may have.
    QuotaReached,
}

/// The outcome of changing a contact.
#[derive(Debug)]
pub enum ContactUpdated {
    /// It was done, with the contact as it is now.
    Done(Box<Contact>),
    /// Another contact of the account has this e-mail address.
    EmailTaken,
    /// Another change came first.
    Raced,
    /// The account has no such contact.
    NotFound,
}

/// What came of deleting a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactDeleted {
    /// It was done.
    Done,
    /// Another change came first.
    Raced,
    /// The account has no such contact.
    NotFound,
}

fn partition(account: AccountId) -> String {
    format!("account#{account}")
}

/// The prefix of the sort key of a contact.
pub(super) const CONTACT: &str = "contact#";

fn contact_key(account: AccountId, id: ContactId) -> ItemKey {
    ItemKey::new(partition(account), format!("{CONTACT}{id}"))
}

/// The key of the number of an account's contacts.
fn count_key(account: AccountId) -> ItemKey {
    ItemKey::new(partition(account), "count")
}

fn email_key(account: AccountId, email: &EmailAddress) -> ItemKey {
    ItemKey::new(partition(account), format!("email#{}", email.as_str()))
}

impl Contacts {
    /// Lists an account's contacts after `after`, oldest first: up to `limit` of them, and where the list continues.
    ///
    /// A page costs one query, and again one for each page with items that this version cannot read.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn list(
        &self,
        account: AccountId,
        after: Option<ContactId>,
        limit: usize,
    ) -> Result<(Vec<Contact>, Option<ContactId>), Fault> {
        let mut contacts: Vec<Contact> = Vec::new();
        let mut query = self.0.with_prefix(&partition(account), CONTACT)?;
        query.exclusive_start_key = after.map(|id| contact_key(account, id).attributes()).transpose()?;
        loop {
            query.limit = Some(limit - contacts.len());
            let page = self.0.page(&query).await?;
            contacts.extend(page.items.into_iter().map(|StoredContact(contact)| contact));
            query.exclusive_start_key = page.next;
            if query.exclusive_start_key.is_none() {
                return Ok((contacts, None));
            }
            if contacts.len() == limit {
                let last = contacts.last().map(|contact| contact.id);
                return Ok((contacts, last));
            }
        }
    }

    /// Creates a contact if the account has fewer than `most`, and claims its e-mail address within the account, in one
    /// transaction.
    ///
    /// Repeated, the transaction is recognised by its token; raced, exactly one gets the address, and there are never
    /// more than `most`. Contacts that are older than their count are not counted.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn create(&self, contact: &Contact, most: u32) -> Result<ContactCreated, Fault> {
        let email = EmailItem { contact_id: contact.id };
        let claim = Write::to(&self.0, email_key(contact.account_id, &contact.email)).if_new();
        let put = Write::to(&self.0, contact_key(contact.account_id, contact.id)).if_new();
        let mut transaction = Transaction::new(WriteId::generate(contact.created_at));
        transaction.add(claim.into_put(&email)?, ContactCreated::EmailTaken);
        transaction.add_certain(put.into_put(&StoredContact(contact.clone()))?, "a new contact's id is taken");
        let count = Write::to(&self.0, count_key(contact.account_id)).add("contacts", 1);
        let count = count.if_absent_or_at_most("contacts", most.saturating_sub(1));
        transaction.add(count.into_update()?, ContactCreated::QuotaReached);
        transaction.commit(&self.0.client, ContactCreated::Done).await
    }

    /// Changes what `change` names and nothing else: one write, or a transaction if the e-mail address changes.
    ///
    /// Repeated, it sets the same again; raced, the last one wins for each field, and an address has one owner.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be written.
    #[boxed]
    pub async fn update(
        &self,
        account: AccountId,
        id: ContactId,
        change: &ContactChange,
        now: Timestamp,
    ) -> Result<ContactUpdated, Fault> {
        let Some(email) = &change.email else { return self.change(account, id, change, now).await };
        let Some(StoredContact(contact)) = self.0.get(&contact_key(account, id)).await? else {
            return Ok(ContactUpdated::NotFound);
        };
        if contact.email == *email {
            return self.change(account, id, change, now).await;
        }
        let claim = Write::to(&self.0, email_key(account, email)).if_new();
        let release = Write::to(&self.0, email_key(account, &contact.email)).if_equal("contact_id", id);
        let update = self.changed(account, id, change, now).if_equal("email", &contact.email);
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(claim.into_put(&EmailItem { contact_id: id })?, ContactUpdated::EmailTaken);
        transaction.add(release.into_delete()?, ContactUpdated::Raced);
        transaction.add(update.into_update()?, ContactUpdated::Raced);
        let changed = Contact {
            email: email.clone(),
            name: change.name.clone().or(contact.name),
            attributes: change.attributes.clone().unwrap_or(contact.attributes),
            updated_at: now,
            changed_by: Some(change.by.clone()),
            ..contact
        };
        transaction.commit(&self.0.client, ContactUpdated::Done(Box::new(changed))).await
    }

    /// Deletes a contact, frees its e-mail address within the account and its place in the quota, in one transaction.
    ///
    /// Repeated, the transaction knows itself by its token, and a second request finds no contact; raced with a change of the
    /// address, exactly one of the two is done. A lost one leaves the contact with its address.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read or written.
    #[boxed]
    pub async fn delete(&self, account: AccountId, id: ContactId, now: Timestamp) -> Result<ContactDeleted, Fault> {
        let key = contact_key(account, id);
        let Some(StoredContact(contact)) = self.0.get(&key).await? else { return Ok(ContactDeleted::NotFound) };
        let delete = Write::to(&self.0, key).if_equal("email", &contact.email);
        let free = Write::to(&self.0, email_key(account, &contact.email)).if_equal("contact_id", id);
        let mut transaction = Transaction::new(WriteId::generate(now));
        transaction.add(delete.into_delete()?, ContactDeleted::Raced);
        transaction.add(free.into_delete()?, ContactDeleted::Raced);
        let count = Write::to(&self.0, count_key(account)).add("contacts", -1);
        transaction.add_certain(count.into_update()?, "a count without a condition was refused");
        transaction.commit(&self.0.client, ContactDeleted::Done).await
    }

    async fn change(
        &self,
        account: AccountId,
        id: ContactId,
        change: &ContactChange,
        now: Timestamp,
    ) -> Result<ContactUpdated, Fault> {
        let write = self.changed(account, id, change, now);
        let write = match &change.email {
            Some(email) => write.if_equal("email", email),
            None => write.if_exists(),
        };
        match write.update().await? {
            Written::Done(item) => {
                let StoredContact(contact) = self.0.read(&contact_key(account, id), &item)?;
                Ok(ContactUpdated::Done(Box::new(contact)))
            }
            Written::Refused(Some(_)) => Ok(ContactUpdated::Raced),
            Written::Refused(None) => Ok(ContactUpdated::NotFound),
        }
    }

    fn changed(&self, account: AccountId, id: ContactId, change: &ContactChange, now: Timestamp) -> Write<'_> {
        Write::to(&self.0, contact_key(account, id))
            .set("updated_at", now)
            .set("changed_by", &change.by)
            .set_some("email", change.email.as_ref())
            .set_some("name", change.name.as_ref())
            .set_some("attributes", change.attributes.as_ref())
    }
}
