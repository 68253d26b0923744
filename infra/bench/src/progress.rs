//! Progress messages.

use std::io::{self, Write};

/// Writes on stderr what is being done.
pub fn progress(what: &str) {
    // If stderr is closed, the numbers are still right.
    _ = writeln!(io::stderr(), "bench: {what}");
}
