//! What can go wrong in a run.

use std::error::Error;

/// Whatever went wrong, as a sentence.
pub type Failure = Box<dyn Error + Send + Sync>;
