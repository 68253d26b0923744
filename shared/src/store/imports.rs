//! Who has what an imported user would have.

use std::collections::HashMap;

use async_recursion::async_recursion as boxed;

use super::batch::Batch;
use super::table::{ItemKey, Table};
use super::users::{ClaimItem, Users, email_key, import_key, upstream_key, username_key};
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::import::{Holder, Unique};
use crate::fault::Fault;

impl Users {
    /// Returns the holders of all that some user has: one batch read for a hundred of them.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the table cannot be read.
    #[boxed]
    pub async fn holders(&self, uniques: Vec<Unique>, now: Timestamp) -> Result<HashMap<Unique, Holder>, Fault> {
        let mut holders = HashMap::new();
        for uniques in uniques.chunks(Batch::MOST) {
            let keys: Vec<(&Table, ItemKey)> = uniques.iter().map(|unique| (&self.0, key(unique))).collect();
            let batch = Batch::read(&self.0.client, &keys).await?;
            for (unique, (table, key)) in uniques.iter().zip(&keys) {
                let claim: Option<ClaimItem> = batch.find(table, Some(key))?;
                if let Some(holder) = claim.and_then(|claim| claim.holder(now)) {
                    holders.insert(unique.clone(), holder);
                }
            }
        }
        Ok(holders)
    }
}

impl ClaimItem {
    /// Who has it: also a user who was deleted, until it is free.
    fn holder(&self, now: Timestamp) -> Option<Holder> {
        let reserved = self.free_at.is_none_or(|free_at| free_at > now).then_some(Holder::Deleted);
        self.user_id.map(Holder::User).or(reserved)
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
