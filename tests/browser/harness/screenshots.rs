//! Screenshots of the pages, for developers to look at.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Saves a screenshot as Chromium returns it, and returns its path.
pub fn save(name: &str, base64: &str) -> PathBuf {
    // Beside `tmp`, in the folder of everything that is built.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).expect("a folder for screenshots");
    let path = folder.join(format!("{name}.png"));
    std::fs::write(&path, STANDARD.decode(base64).expect("base64")).expect("a screenshot");
    path
}
