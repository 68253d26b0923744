//! Contacts: the account data of the sample API.

use serde_json::json;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{cursor, display_name, limit, next_cursor};
use crate::model::{Caller, api, email, field, list, named, object, optional, uuid};

pub(super) fn area() -> Area {
    let example = json!({"email": "ada@example.com", "name": "Ada Lovelace", "attributes": {"plan": "pro"}});
    Area {
        name: "Contacts",
        about: "The contacts of an account, as a sample API for access tokens.",
        operations: vec![
            api("contacts-create", "Create a contact")
                .about("An account has at most one contact per e-mail address.")
                .by(Caller::Scope(Scope::CONTACT_WRITE))
                .takes(object([
                    field("email", email()),
                    optional("name", display_name()),
                    optional("attributes", named("Attributes")).about("Strings, numbers and booleans by name"),
                ]))
                .example(example)
                .gives(object([field("contact", named("Contact"))]), "The contact.")
                .refuses([ApiCode::EmailTaken, ApiCode::QuotaExceeded]),
            api("contacts-list", "List the account's contacts")
                .by(Caller::Scope(Scope::CONTACT_READ))
                .takes(object([limit(), cursor(uuid())]))
                .example(json!({"limit": 10}))
                .gives(object([field("contacts", list(named("Contact"))), next_cursor(uuid())]), "One page."),
            api("contacts-update", "Change a contact")
                .about("Changes only the fields in the body.")
                .by(Caller::Scope(Scope::CONTACT_WRITE))
                .takes(object([
                    field("id", uuid()),
                    optional("email", email()),
                    optional("name", display_name()),
                    optional("attributes", named("Attributes")).about("Replaces all attributes"),
                ]))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f", "name": "Ada King"}))
                .gives(object([field("contact", named("Contact"))]), "The changed contact.")
                .refuses([ApiCode::NotFound, ApiCode::EmailTaken, ApiCode::Conflict]),
            api("contacts-delete", "Delete a contact")
                .about("Its e-mail address is free again within the account.")
                .by(Caller::Scope(Scope::CONTACT_WRITE))
                .takes(object([field("id", uuid())]))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f"}))
                .gives(object([]), "The contact is deleted.")
                .refuses([ApiCode::NotFound, ApiCode::Conflict]),
        ],
    }
}
