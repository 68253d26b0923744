//! What is being done, for whoever waits for it.

use std::io::{self, Write};

/// Says on stderr what is being done.
pub fn progress(what: &str) {
    // The numbers do not depend on it.
    _ = writeln!(io::stderr(), "bench: {what}");
}
