//! The error of a run.

use std::error::Error;

/// Any error, as a sentence.
pub type Failure = Box<dyn Error + Send + Sync>;
