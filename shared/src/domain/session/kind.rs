//! Who a session belongs to, and which refresh tokens it has.

use serde::{Deserialize, Serialize};

use crate::domain::authorization::consent::Grant;
use crate::domain::user_key::KeyId;

/// Who holds a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SessionKind {
    /// A user who signed in to the JSON API.
    FirstParty,
    /// A user who signed in to our pages: a cookie, and no refresh tokens.
    Browser,
    /// An app, with what a user let it do.
    OauthClient {
        /// That.
        grant: Grant,
    },
    /// A script with a user key.
    UserKey {
        /// The key; the session ends with it.
        key_id: KeyId,
    },
}

impl SessionKind {
    /// The kind of the refresh tokens that it exchanges, if it does.
    pub const fn refresh_token_kind(&self) -> Option<TokenKind> {
        match self {
            Self::FirstParty => Some(TokenKind::FirstParty),
            Self::OauthClient { .. } => Some(TokenKind::OauthClient),
            Self::Browser | Self::UserKey { .. } => None,
        }
    }

    /// What a user let an app do, if an app holds the session.
    pub const fn grant(&self) -> Option<&Grant> {
        match self {
            Self::OauthClient { grant } => Some(grant),
            Self::FirstParty | Self::Browser | Self::UserKey { .. } => None,
        }
    }

    /// The user key that the session rests on, if a script holds it.
    pub const fn key(&self) -> Option<KeyId> {
        match self {
            Self::UserKey { key_id } => Some(*key_id),
            Self::FirstParty | Self::Browser | Self::OauthClient { .. } => None,
        }
    }

    /// Says whether its tokens speak for the user themselves.
    pub const fn acts_as_user(&self) -> bool {
        matches!(self, Self::FirstParty | Self::UserKey { .. })
    }
}

/// The kind of a refresh token; one of a kind is worth nothing at the endpoint of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Of a user who signed in to the JSON API.
    FirstParty,
    /// Of an app, after a user's consent.
    OauthClient,
}
