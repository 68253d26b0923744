//! The lifetimes of sessions.

use std::time::Duration;

/// The lifetimes of refresh tokens.
#[derive(Clone, Copy, Debug)]
pub struct RefreshLifetimes {
    /// The lifetime from each use.
    pub idle: Duration,
    /// The total lifetime, counted from the sign-in; without it, they are valid as long as they are used.
    pub total: Option<Duration>,
    /// How long the previous token still returns the successor that it was exchanged for.
    pub grace: Duration,
}
