//! Async verbs of `shared` are compiled once, and not again in every function that awaits them.

use super::layers::workspace;
use super::sources::rust_files;

/// The layers whose verbs functions await.
const AWAITED: [&str; 7] = ["app", "fetch", "http", "keys", "service", "store", "upstream"];

/// The verbs that are not boxed, of those that can be: without type parameters and without a lifetime in an argument's type.
fn unboxed(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("pub async fn ") {
        let rest = &text[start + "pub async fn ".len()..];
        // A parameter may be a pattern with braces.
        let end = rest.find(") ->").or_else(|| rest.find('{'));
        let signature = &rest[..end.unwrap_or(rest.len())];
        let name = signature.split(['(', '<']).next().unwrap_or_default();
        let can_be =
            !signature[name.len()..].starts_with('<') && !signature.contains("impl ") && !signature.contains("<'_>");
        if can_be && !text[..start].trim_end().ends_with("#[boxed]") {
            found.push(name);
        }
    }
    found
}

#[test]
fn every_verb_that_can_be_boxed_is() {
    let mut files = 0;
    for (path, text) in rust_files(&workspace().join("shared/src")) {
        let inside = path.strip_prefix(workspace().join("shared/src")).unwrap();
        let layer = inside.iter().next().unwrap().to_string_lossy();
        if AWAITED.contains(&layer.trim_end_matches(".rs")) {
            files += 1;
            assert_eq!(unboxed(&text), [""; 0], "{}", path.display());
        }
    }
    assert!(files > 100, "they are read");
}

#[test]
fn a_verb_without_the_attribute_is_found() {
    let verbs = "#[boxed]\n pub async fn a(&self) -> A {}\n /// Doc.\n pub async fn b(&self) -> B {}\n pub async fn c<T>(t: T) -> C {}\n\
                 pub async fn d(D { of }: D<'_>) -> D {}\n pub async fn e(of: impl Fn()) -> E {}\n pub(super) async fn f() {}";
    assert_eq!(unboxed(verbs), ["b"]);
}
