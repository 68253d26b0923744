//! Failures that are nobody's fault who calls us: something we depend on is away, or something is broken.

use std::error::Error;
use std::fmt;

/// ApprovalKind something failed, for the log; it never reaches a caller.
pub type Cause = Box<dyn Error + Send + Sync>;

/// A failure of ours.
#[derive(Debug)]
pub enum Fault {
    /// A dependency is throttled, slow or away, and the same request may succeed in a moment: 503.
    Unavailable(Cause),
    /// Something is wrong that waiting does not mend: 500.
    Broken(Cause),
}

impl Fault {
    /// A dependency is away.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Something is broken.
    pub fn broken(cause: impl Into<Cause>) -> Self {
        Self::Broken(cause.into())
    }

    /// ApprovalKind it failed.
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

/// Shows an error with everything that led to it, on one line.
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
