//! Contacts: the account data that the sample API serves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::actor::Actor;
use crate::domain::client::id::ClientId;
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::uuid_id;
use crate::domain::types::invisible;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;
use crate::domain::user::account::AccountId;

uuid_id! {
    /// Identifies a contact within its account.
    ContactId
}

impl ContactId {
    /// Reads a contact's id, or says in a sentence that it is none.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "must be a contact's id".to_owned())
    }
}

/// The value of a contact's attribute: a string, a number or a boolean; nothing nested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// A boolean.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A string of at most 1,000 characters.
    Text(String),
}

/// Custom fields of a contact: at most 50, with names of at most 50 characters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(BTreeMap<String, AttributeValue>);

impl Attributes {
    /// How many there may be.
    pub const MOST: usize = 50;
    const LONGEST_NAME: usize = 50;
    /// The most characters of a string.
    pub const LONGEST_TEXT: usize = 1_000;

    /// Accepts a JSON object of plain values.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is something else or too much.
    pub fn parse(value: &serde_json::Value) -> Result<Self, String> {
        let serde_json::Value::Object(fields) = value else { return Err("must be an object".to_owned()) };
        if fields.len() > Self::MOST {
            return Err(format!("must have at most {} entries", Self::MOST));
        }
        let attributes = fields.iter().map(|(name, value)| Ok((Self::name(name)?, Self::value(value)?)));
        Ok(Self(attributes.collect::<Result<_, String>>()?))
    }

    fn name(name: &str) -> Result<String, String> {
        let length = name.chars().count();
        if length == 0 || length > Self::LONGEST_NAME || invisible::is_hidden_in(name) {
            return Err(format!("must have names of 1 to {} printable characters", Self::LONGEST_NAME));
        }
        Ok(name.to_owned())
    }

    fn value(value: &serde_json::Value) -> Result<AttributeValue, String> {
        match value {
            serde_json::Value::Bool(flag) => Ok(AttributeValue::Flag(*flag)),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Ok(AttributeValue::Integer(integer)),
                // DynamoDB stores magnitudes from 1e-130 up to 1e126 only.
                (None, Some(float)) if float == 0.0 || (1e-120..1e120).contains(&float.abs()) => {
                    Ok(AttributeValue::Number(float))
                }
                _ => Err("must not contain numbers beyond 1e120".to_owned()),
            },
            serde_json::Value::String(text) if text.chars().count() <= Self::LONGEST_TEXT => {
                Ok(AttributeValue::Text(text.clone()))
            }
            serde_json::Value::String(_) => {
                Err(format!("must have strings of at most {} characters", Self::LONGEST_TEXT))
            }
            _ => Err("must have strings, numbers, true or false as values".to_owned()),
        }
    }
}

/// The user, and the app if there is one, who changed a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedBy {
    /// The user: for an app that acts for itself, its creator.
    pub user_id: UserId,
    /// The app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

impl From<&Actor<'_>> for ChangedBy {
    fn from(actor: &Actor<'_>) -> Self {
        Self { user_id: actor.user.id, client_id: actor.client_id.cloned() }
    }
}

/// A contact of an account.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The contact's id.
    pub id: ContactId,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// Its e-mail address; unique in the account.
    pub email: EmailAddress,
    /// Its name.
    pub name: Option<DisplayName>,
    /// Its custom fields.
    pub attributes: Attributes,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last; none for one that an earlier version wrote.
    pub changed_by: Option<ChangedBy>,
}

/// A change of a contact; absent fields stay unchanged.
#[derive(Clone, Debug)]
pub struct ContactChange {
    /// The new address.
    pub email: Option<EmailAddress>,
    /// The new name.
    pub name: Option<DisplayName>,
    /// The new attributes, which replace all old ones.
    pub attributes: Option<Attributes>,
    /// Who changes it.
    pub by: ChangedBy,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_are_plain_values() {
        let attributes = Attributes::parse(&json!({"plan": "pro", "seats": 5, "ratio": 0.5, "vip": true})).unwrap();
        assert_eq!(
            serde_json::to_value(&attributes).unwrap(),
            json!({"plan": "pro", "seats": 5, "ratio": 0.5, "vip": true})
        );
    }

    #[test]
    fn nested_endless_or_unstorable_attributes_are_refused() {
        let many: serde_json::Map<_, _> = (0..51).map(|n| (n.to_string(), json!(n))).collect();
        for bad in [
            json!([]),
            json!("x"),
            json!({"a": {}}),
            json!({"a": null}),
            json!({"": 1}),
            json!({"a": "x".repeat(1001)}),
            json!({"a": 1e300}),
            json!(many),
        ] {
            assert!(Attributes::parse(&bad).is_err(), "{bad}");
        }
    }
}
// x
