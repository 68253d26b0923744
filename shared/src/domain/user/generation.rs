//! The generation of a user's authenticators.

use serde::{Deserialize, Serialize};

/// Counts the proofs of ownership that ended what was set up in the user's name before: a password reset, the
/// verification of an address by mail alone, and “this was not me”.
///
/// A user key, a consent and an app store the generation in which they were made. One of an earlier generation is
/// worth nothing, so one write to the user ends all of them, however many there are. Sessions, codes and mailed links
/// end by the user's [`Epoch`](super::Epoch), which the same write raises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthenticatorGeneration(u64);

impl AuthenticatorGeneration {
    /// Returns whether it is that of a new user, which no item stores.
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }

    /// The generation as a token contains it.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The generation in a token.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// The generation after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
