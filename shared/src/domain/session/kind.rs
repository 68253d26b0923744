//! Kinds of sessions, and the refresh tokens that each one has.

use serde::{Deserialize, Serialize};

use crate::domain::authorization::consent::Grant;
use crate::domain::user_key::KeyId;

/// The kind of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SessionKind {
    /// A user who signed in to the JSON API.
    FirstParty,
    /// A user who signed in to the pages: a cookie, and no refresh tokens.
    Browser,
    /// An app, with what a user granted it.
    OauthClient {
        /// What the user granted.
        grant: Grant,
    },
    /// A script with a user key.
    UserKey {
        /// The key; the session is revoked with it.
        key_id: KeyId,
    },
}

impl SessionKind {
    /// The kind of its refresh tokens, if they rotate.
    pub const fn refresh_token_kind(&self) -> Option<TokenKind> {
        match self {
            Self::FirstParty => Some(TokenKind::FirstParty),
            Self::OauthClient { .. } => Some(TokenKind::OauthClient),
            Self::Browser | Self::UserKey { .. } => None,
        }
    }

    /// What the user granted, if the session belongs to an app.
    pub const fn grant(&self) -> Option<&Grant> {
        match self {
            Self::OauthClient { grant } => Some(grant),
            Self::FirstParty | Self::Browser | Self::UserKey { .. } => None,
        }
    }

    /// The user key, if the session belongs to a script.
    pub const fn key(&self) -> Option<KeyId> {
        match self {
            Self::UserKey { key_id } => Some(*key_id),
            Self::FirstParty | Self::Browser | Self::OauthClient { .. } => None,
        }
    }

    /// Returns whether its tokens represent the user, and not an app.
    pub const fn acts_as_user(&self) -> bool {
        matches!(self, Self::FirstParty | Self::UserKey { .. })
    }
}

/// The kind of a refresh token; one of a kind is invalid at the endpoint of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Of a user who signed in to the JSON API.
    FirstParty,
    /// Of an app, after a user's consent.
    OauthClient,
}
