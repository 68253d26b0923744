//! A contact, as the JSON API shows it.

use serde::Serialize;

use crate::domain::contact::{Attributes, Contact, ContactId};

/// A contact.
#[derive(Serialize)]
pub struct ContactView {
    id: ContactId,
    email: String,
    name: Option<String>,
    attributes: Attributes,
    created_at: String,
    updated_at: String,
}

impl From<&Contact> for ContactView {
    fn from(contact: &Contact) -> Self {
        Self {
            id: contact.id,
            email: contact.email.as_str().to_owned(),
            name: contact.name.as_ref().map(|name| name.as_str().to_owned()),
            attributes: contact.attributes.clone(),
            created_at: contact.created_at.to_rfc3339(),
            updated_at: contact.updated_at.to_rfc3339(),
        }
    }
}

/// A response that shows one contact.
#[derive(Serialize)]
pub struct OneContact {
    contact: ContactView,
}

impl OneContact {
    /// The contact.
    pub fn new(contact: &Contact) -> Self {
        Self { contact: ContactView::from(contact) }
    }
}
