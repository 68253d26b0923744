//! The style sheets have a rule for nothing that no page has.

use std::collections::BTreeSet;

use super::layers::{crates, workspace};
use super::sources::rust_files;

/// The style sheets, each with the folders of the pages that it is for.
const SHEETS: [(&str, &[&str]); 5] = [
    ("shared/src/domain/page.css", &["shared", "functions"]),
    ("functions/openapi/src/page.css", &["shared", "functions"]),
    ("infra/local/src/front_page.css", &["infra/local"]),
    ("infra/local/src/mailbox.css", &["infra/local"]),
    ("infra/local/src/webhooks_page.css", &["infra/local"]),
];

/// The classes that a style sheet has rules for.
fn classes(sheet: &str) -> BTreeSet<&str> {
    let selectors = sheet.split('}').filter_map(|rule| rule.rsplit_once('{').map(|(selector, _)| selector));
    let names = selectors.flat_map(|selector| selector.split('.').skip(1));
    names.map(|name| name.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default()).collect()
}

#[test]
fn every_class_of_a_style_sheet_is_one_of_a_page() {
    assert_eq!(classes("a.b>c{x:1.5}@media(x){.d-e:hover{y:2}}"), BTreeSet::from(["b", "d-e"]));
    for (path, folders) in SHEETS {
        let sheet = std::fs::read_to_string(workspace().join(path)).unwrap();
        let of_pages =
            |src: &std::path::PathBuf| folders.iter().any(|folder| src.starts_with(workspace().join(folder)));
        let pages: String =
            crates().iter().filter(|src| of_pages(src)).flat_map(|src| rust_files(src)).map(|(_, text)| text).collect();
        let is_used = |class: &&str| {
            pages.match_indices(&format!(".{class}")).any(|(at, found)| {
                let next = pages[at + found.len()..].chars().next().unwrap_or(' ');
                !next.is_ascii_alphanumeric() && !['-', '_', '('].contains(&next)
            }) || pages.contains(&format!("\"{class}\""))
        };
        let unused: Vec<_> = classes(&sheet).into_iter().filter(|class| !is_used(class)).collect();
        assert_eq!(unused, [""; 0], "{path}");
    }
}
