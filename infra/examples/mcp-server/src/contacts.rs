//! The contacts that the tools are about. They are this example's own, in memory: a token for this server is not good for
//! Driftwood's API, and must not be.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};

/// How many contacts a user may add.
const MOST: usize = 100;

/// A contact.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// The contacts of all users, by the `sub` of their tokens: a user sees their own only.
#[derive(Default)]
pub struct Contacts {
    of: Mutex<HashMap<String, Vec<Contact>>>,
}

impl Contacts {
    /// The contacts of a user, who has one from the start.
    pub fn list(&self, user: &str) -> Vec<Contact> {
        let of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let ada = Contact { name: "Ada Lovelace".to_owned(), email: "ada@example.com".to_owned() };
        std::iter::once(ada).chain(of.get(user).into_iter().flatten().cloned()).collect()
    }

    /// Adds a contact, and says whether there was room.
    pub fn add(&self, user: &str, contact: Contact) -> bool {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let contacts = of.entry(user.to_owned()).or_default();
        let has_room = contacts.len() < MOST;
        if has_room {
            contacts.push(contact);
        }
        has_room
    }
}
