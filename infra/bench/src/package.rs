//! The size of a deployed package.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::failure::Failure;

/// The overhead of a zip file with one file: its headers, and the name `bootstrap` twice.
const ZIP_HEADERS: u64 = 30 + 46 + 22 + 2 * 9;

/// The size of a zip file with a binary in it, deflated at the usual level 6.
///
/// # Errors
///
/// When the binary cannot be read.
pub fn zipped(binary: &Path) -> Result<u64, Failure> {
    let mut deflate = DeflateEncoder::new(Counter(0), Compression::new(6));
    io::copy(&mut std::fs::File::open(binary)?, &mut deflate)?;
    Ok(deflate.finish()?.0.saturating_add(ZIP_HEADERS))
}

/// Counts bytes and discards them.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
