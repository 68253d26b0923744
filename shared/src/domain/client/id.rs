//! Client ids: ids that this server assigns, and URLs of documents.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::oauth::document_url::DocumentUrl;
use crate::domain::types::id::uuid_id;

uuid_id! {
    /// Identifies an app in the API; its [`ClientId`] is another form of this id.
    AppId
}

impl AppId {
    /// Parses an app's id.
    ///
    /// # Errors
    ///
    /// The sentence to show.
    pub fn require(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "must be an app's id".to_owned())
    }
}

/// A client's id in OAuth. The two forms cannot be confused: one begins with `dw_ci_`, the other with `https://`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum ClientId {
    /// A client that was registered here: `dw_ci_` and the app's id in hexadecimal. Each is derived from the other, so an
    /// app is found by either without an index.
    Registered(AppId),
    /// A client that a document at this URL describes (OAuth Client ID Metadata Document §3).
    Document(DocumentUrl),
}

impl ClientId {
    const PREFIX: &str = "dw_ci_";

    /// Parses a client id; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        let Some(hex) = text.strip_prefix(Self::PREFIX) else {
            return DocumentUrl::parse(text).ok().map(Self::Document);
        };
        let is_id = hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let id = u128::from_str_radix(hex, 16).ok().filter(|_| is_id)?;
        Some(Self::Registered(AppId::from_bytes(id.to_be_bytes())))
    }

    /// The app's id, if it was registered here.
    pub const fn app_id(&self) -> Option<AppId> {
        match self {
            Self::Registered(id) => Some(*id),
            Self::Document(_) => None,
        }
    }

    /// The URL of its document, if it has one.
    pub const fn document_url(&self) -> Option<&DocumentUrl> {
        match self {
            Self::Registered(_) => None,
            Self::Document(url) => Some(url),
        }
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registered(app) => write!(f, "{}{:032x}", Self::PREFIX, u128::from_be_bytes(*app.as_bytes())),
            Self::Document(url) => f.write_str(url.as_str()),
        }
    }
}

impl Serialize for ClientId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a client id"))
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_client_id_names_its_app(bytes: [u8; 16]) {
            let id = ClientId::Registered(AppId::from_bytes(bytes));
            prop_assert_eq!(ClientId::parse(&id.to_string()), Some(id));
        }

        #[test]
        fn no_other_string_is_a_client_id(text in "(dw_ci_|https://)?[0-9a-fA-F+_ ./%?#@:-]{0,40}") {
            if let Some(id) = ClientId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
