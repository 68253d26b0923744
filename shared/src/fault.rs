//! Failures that the caller did not cause: a dependency is unavailable, or something is broken.

use std::error::Error;
use std::fmt;

/// The cause of a failure, for the log; it is never returned to a caller.
pub type Cause = Box<dyn Error + Send + Sync>;

/// A failure on the server's side.
#[derive(Debug)]
pub enum Fault {
    /// A dependency is throttled, slow or unavailable, and the same request may succeed in a moment: 503.
    Unavailable(Cause),
    /// Something is wrong that a retry does not fix: 500.
    Broken(Cause),
}

impl Fault {
    /// A dependency is unavailable.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Something is broken.
    pub fn broken(cause: impl Into<Cause>) -> Self {
        Self::Broken(cause.into())
    }

    /// The cause of the failure.
    pub const fn cause(&self) -> &Cause {
        match self {
            Self::Unavailable(cause) | Self::Broken(cause) => cause,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Chain(&**self.cause()).fmt(f)
    }
}

/// Shows an error with all of its sources, on one line.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
