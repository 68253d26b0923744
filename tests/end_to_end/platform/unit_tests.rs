//! Unit tests that nothing runs are found.

use super::layers::{crates, workspace};
use super::sources::rust_files;

#[test]
fn cargo_test_runs_every_unit_test() {
    let manifest = std::fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let members = manifest.lines().find_map(|line| line.strip_prefix("default-members = ")).expect("default members");
    let mut with_tests = 0;
    for src in crates() {
        if !rust_files(&src).iter().any(|(_, text)| text.contains("#[test]") || text.contains("#[tokio::test]")) {
            continue;
        }
        with_tests += 1;
        let folder = src.parent().unwrap();
        let member = folder.strip_prefix(workspace()).unwrap().to_str().unwrap();
        assert!(members.contains(&format!("\"{member}\"")), "{member} has unit tests and is no default member");
        let own = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let target = if src.join("lib.rs").exists() { "[lib]\n" } else { "[[bin]]\n" };
        let section = own.split(target).nth(1).unwrap_or_default();
        let section = section.split("\n[").next().unwrap_or_default();
        assert!(!section.lines().any(|line| line == "test = false"), "{member} does not run its unit tests");
    }
    assert!(with_tests >= 5, "they are found");
}

/// `cargo test` starts rustdoc for no crate, because that takes seconds; so an example in a doc comment would never run.
#[test]
fn no_doc_comment_has_an_example_that_nothing_runs() {
    for (path, text) in crates().iter().flat_map(|src| rust_files(src)) {
        let example = text.lines().find(|line| ["/// ```", "//! ```"].contains(&line.trim()));
        assert_eq!(example, None, "{}", path.display());
    }
}
