//! Who has what an imported user would have.

use std::collections::HashMap;

use async_recursion::async_recursion as boxed;

use super::batch::Batch;
use super::table::{ItemKey, Table};
use super::users::{ClaimItem, Users, email_key, import_key, upstream_key, username_key};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::import::{Owner, Unique};
use crate::fault::Fault;

impl Users {
    /// Returns the owner of each of these that has one: one batch read for a hundred of them.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn owners(&self, uniques: Vec<Unique>, now: Timestamp) -> Result<HashMap<Unique, Owner>, Fault> {
        let mut owners = HashMap::new();
        for uniques in uniques.chunks(Batch::MOST) {
            let keys: Vec<(&Table, ItemKey)> = uniques.iter().map(|unique| (&self.0, key(unique))).collect();
            let batch = Batch::read(&self.0.client, &keys).await?;
            for (unique, (table, key)) in uniques.iter().zip(&keys) {
                let claim: Option<ClaimItem> = batch.find(table, Some(key))?;
                if let Some(owner) = claim.and_then(|claim| claim.owner(now)) {
                    owners.insert(unique.clone(), owner);
                }
            }
        }
        Ok(owners)
    }
}

impl ClaimItem {
    /// Who has it: also a user who was deleted, until it is free.
    fn owner(&self, now: Timestamp) -> Option<Owner> {
        let reserved = self.free_at.is_none_or(|free_at| free_at > now).then_some(Owner::Deleted);
        self.user_id.map(Owner::User).or(reserved)
    }
}

fn key(unique: &Unique) -> ItemKey {
    match unique {
        Unique::ImportId(id) => import_key(id),
        Unique::Email(email) => email_key(email),
        Unique::Username(username) => username_key(username),
        Unique::Upstream(identity) => upstream_key(identity),
    }
}
