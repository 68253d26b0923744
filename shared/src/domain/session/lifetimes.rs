//! How long sessions last.

use std::time::Duration;

/// How long refresh tokens live.
#[derive(Clone, Copy, Debug)]
pub struct RefreshLifetimes {
    /// From each use.
    pub idle: Duration,
    /// In all, counted from the sign-in; without it, as long as they are used.
    pub total: Option<Duration>,
    /// How long the previous token still gets the successor that it was exchanged for.
    pub grace: Duration,
}
