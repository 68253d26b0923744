//! The layers of the code: no import goes to a higher layer, and no imports form a cycle.

use std::path::{Path, PathBuf};

use super::imports::Imports;
use super::sources::rust_files;

/// The modules of `shared`, from the lowest layer up. A file imports only from lower layers or from its own.
const LAYERS: [&[&str]; 14] = [
    &["fault", "paths"],
    &["domain"],
    &["clock", "config", "log", "net"],
    &["fetch"],
    &["aws"],
    &["dynamodb"],
    &["store"],
    &["keys"],
    &["upstream"],
    &["app"],
    &["http"],
    &["service"],
    &["lambda"],
    // The root only lists the others.
    &[""],
];

/// What the domain must not name: AWS, HTTP and the machine's clock.
const NOT_IN_THE_DOMAIN: [&str; 5] = ["aws_sdk", "aws_smithy", "lambda_http", "lambda_runtime", "SystemTime"];

pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The `src` of every crate that is no test.
pub fn crates() -> Vec<PathBuf> {
    let functions = std::fs::read_dir(workspace().join("functions")).unwrap();
    let mut crates: Vec<PathBuf> = functions.map(|entry| entry.unwrap().path()).collect();
    let others = ["shared", "infra/local", "infra/bench", "infra/bench/hello", "infra/examples/mcp-server"];
    crates.extend(others.map(|name| workspace().join(name)));
    crates.into_iter().map(|crate_| crate_.join("src")).collect()
}

fn layer(module: &str) -> usize {
    let top = module.split("::").next().unwrap_or_default();
    let found = LAYERS.iter().position(|layer| layer.contains(&top));
    found.unwrap_or_else(|| panic!("{module} is in no layer"))
}

fn upward(imports: &Imports) -> Vec<(String, String)> {
    imports.all().filter(|(from, to)| layer(to) > layer(from)).collect()
}

#[test]
fn no_import_of_shared_goes_to_a_higher_layer() {
    assert_eq!(upward(&Imports::read(&workspace().join("shared/src"))), []);
}

#[test]
fn no_file_imports_in_a_cycle() {
    let crates = crates();
    assert!(crates.len() > 50, "every crate is checked");
    let harnesses = ["end_to_end", "browser"].map(|tests| workspace().join("tests").join(tests).join("harness"));
    for src in crates.into_iter().chain(harnesses) {
        assert_eq!(Imports::read(&src).cycle(), None, "{}", src.display());
    }
}

#[test]
fn the_domain_knows_neither_aws_nor_http_nor_a_clock() {
    for (path, text) in rust_files(&workspace().join("shared/src/domain")) {
        let named = NOT_IN_THE_DOMAIN.into_iter().find(|name| text.contains(name));
        assert_eq!(named, None, "{}", path.display());
    }
}

#[test]
fn an_import_of_a_higher_layer_is_found() {
    for import in [
        "use crate::store::Stores;",
        "use crate::{fault::Fault, store::{Stores, Users}};",
        "pub use super::super::store::Users;\nfn f() { super::super::store::open() }",
        "fn f(stores: &crate::store::Stores) {}",
        "#[cfg(test)]\nmod tests { fn f() { let _ = \"}\"; } }\nuse crate::store::Stores;",
    ] {
        let files =
            [("domain/user.rs", import), ("domain/mod.rs", "pub mod user;"), ("store.rs", ""), ("fault.rs", "")];
        let found = upward(&Imports::of(files));
        assert_eq!(found, [("domain::user".to_owned(), "store".to_owned())], "{import}");
    }
}

#[test]
fn an_import_in_a_comment_a_string_or_a_unit_test_is_none() {
    let text = "// use crate::store::A;\n/* crate::store::B */ const C: &str = \"crate::store::C\"; const D: char = '\"';\n\
                fn f<'a>(x: &'a str) -> &'static str { r#\"crate::store::E \" \"# }\n\
                #[cfg(test)]\nmod tests { use crate::store::F; }";
    let imports = Imports::of([("domain/user.rs", text), ("store.rs", "")]);
    assert_eq!(imports.all().collect::<Vec<_>>(), []);
}

#[test]
fn a_cycle_is_found_through_re_exports() {
    let of = |store: &str, users: &str, stores: &str| {
        Imports::of([("store/mod.rs", store), ("store/users.rs", users), ("store/stores.rs", stores)]).cycle()
    };
    let store = "mod stores; mod users; pub use stores::Stores; pub use users::Users;";
    assert_eq!(of(store, "use crate::fault::Fault;", "use super::Users;"), None);
    let cycle = of(store, "use super::Stores;", "use crate::store::Users;").expect("a cycle");
    assert_eq!(cycle, ["store::stores", "store::users", "store::stores"]);
    // A module's use of its children by their names is an import, too.
    let cycle = of("mod users; struct A; fn f() { users::g() }", "use super::A;", "").expect("a cycle");
    assert_eq!(cycle, ["store", "store::users", "store"]);
}

/// A crate that is not listed would log only warnings.
#[test]
fn every_crate_that_logs_is_listed_as_ours() {
    let mut logging: Vec<String> = Vec::new();
    for src in crates().into_iter().filter(|src| !src.to_string_lossy().contains("mcp-server")) {
        if rust_files(&src).iter().any(|(_, text)| text.contains("tracing::")) {
            let name = src.parent().unwrap().file_name().unwrap().to_string_lossy().replace('-', "_");
            logging.push(name);
        }
    }
    logging.sort();
    assert_eq!(logging, shared::config::log_level::OUR_CRATES);
}

/// A list survives an item of another version, because `list.rs` reads every list.
#[test]
fn every_list_is_read_in_one_place() {
    let store = workspace().join("shared/src/store");
    for (path, text) in rust_files(&store).into_iter().filter(|(path, _)| !path.ends_with("list.rs")) {
        let text: String = text.split_whitespace().collect();
        for own in ["client.query()", ".scan()", "last_evaluated_key"] {
            assert!(!text.contains(own), "{} reads a list by itself: {own}", path.display());
        }
    }
}
