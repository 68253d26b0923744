//! Who vouches for a client: the operator only. An account here vouches for nothing, and neither does a document.

use serde::{Deserialize, Serialize};

use crate::domain::client::version::AppIdentity;
use crate::domain::types::timestamp::Timestamp;

/// What the operator of this server thinks of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is the operator's own: users of this server need not consent to it.
    FirstParty,
    /// An operator looked at it and approved it.
    Reviewed,
    /// Neither; also what a later version stored and this one does not know.
    #[default]
    #[serde(other)]
    Unreviewed,
}

impl Standing {
    /// All, by the names that operators use.
    pub const NAMES: [(&str, Self); 3] =
        [("first_party", Self::FirstParty), ("reviewed", Self::Reviewed), ("unreviewed", Self::Unreviewed)];

    /// Parses the name that operators use.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn require(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, standing)| *standing);
        known.ok_or_else(|| "must be first_party, reviewed or unreviewed".to_owned())
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstParty => "first_party",
            Self::Reviewed => "reviewed",
            Self::Unreviewed => "unreviewed",
        }
    }

    /// Returns whether the operator vouches for the client.
    pub const fn is_vouched_for(self) -> bool {
        !matches!(self, Self::Unreviewed)
    }
}

/// An operator's decision on a client, as it was then: once it changes, the decision counts no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The decision.
    pub standing: Standing,
    /// The client on which it was made.
    pub identity: AppIdentity,
    /// When it was made.
    pub at: Timestamp,
    /// Whether the logo of the client was stored with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_logo: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standing_has_its_name_and_an_unknown_one_vouches_for_nothing() {
        for (name, standing) in Standing::NAMES {
            assert_eq!((Standing::require(name), standing.as_str()), (Ok(standing), name));
            assert_eq!(serde_json::to_value(standing).unwrap(), name);
            assert_eq!(serde_json::from_value::<Standing>(name.into()).unwrap(), standing);
        }
        let later: Standing = serde_json::from_str("\"certified\"").unwrap();
        assert!(later == Standing::Unreviewed && !later.is_vouched_for());
    }
}
