//! The reference pages of `docs/` say what the code says: their tables are generated, and every error code is explained.
//!
//! `UPDATE_DOCS=1 cargo test --test end-to-end platform::documents` writes the tables anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use openapi::Service;
use openapi::document::Document;
use serde_json::Value;
use shared::domain::oauth::error::OAuthCode;

use crate::harness::TestServer;

const BEGIN: &str = "<!-- generated: UPDATE_DOCS=1 cargo test --test end-to-end platform::documents -->\n";
const END: &str = "<!-- end of the generated part -->\n";

/// The parameters that a first deployment thinks about.
const ESSENTIAL: [&str; 10] = [
    "Stage",
    "IssuerUrl",
    "BrandName",
    "MailFrom",
    "MailIdentity",
    "AdminUserIds",
    "SigningAlgorithm",
    "Resources",
    "AllowedOrigins",
    "LogRetentionDays",
];

fn path(page: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "docs", page].iter().collect()
}

fn read(page: &str) -> String {
    std::fs::read_to_string(path(page)).unwrap_or_else(|error| panic!("docs/{page}: {error}"))
}

/// Asserts that the generated part of a page is this, or makes it so.
fn assert_generated(page: &str, generated: &str) {
    let text = read(page);
    let (before, rest) = text.split_once(BEGIN).unwrap_or_else(|| panic!("docs/{page} has a generated part"));
    let (found, after) = rest.split_once(END).unwrap_or_else(|| panic!("docs/{page}: its generated part ends"));
    if is_update() {
        std::fs::write(path(page), format!("{before}{BEGIN}{generated}{END}{after}")).expect("the page is written");
    } else {
        assert!(found == generated, "docs/{page} is not what the code says; {BEGIN}");
    }
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// The document of a server with the template's defaults.
fn openapi_of(driftwood: &TestServer) -> Value {
    let service = Service::of(&driftwood.server.apps["openapi"].config);
    openapi::openapi(&Document::of(Service { server: "/".to_owned(), ..service }))
}

#[tokio::test]
async fn the_page_of_endpoints_lists_every_endpoint_and_every_function() {
    let driftwood = TestServer::start().await;
    let (document, stack) = (openapi_of(&driftwood), &driftwood.server.stack);
    let functions: BTreeMap<&str, &str> =
        stack.routes.iter().map(|route| (route.path.as_str(), route.function.as_str())).collect();
    let mut page = String::new();
    for tag in document["tags"].as_array().unwrap() {
        writeln!(page, "\n## {}\n\n{}\n", tag["name"].as_str().unwrap(), tag["description"].as_str().unwrap()).unwrap();
        page.push_str("| endpoint | what it does | caller | function |\n| --- | --- | --- | --- |\n");
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if operation["tags"][0] == tag["name"] {
                    let method = method.to_uppercase();
                    let [summary, caller] = ["summary", "x-caller"].map(|name| operation[name].as_str().unwrap());
                    let function = function_at(&functions, path);
                    writeln!(page, "| `{method} {path}` | {summary} | {caller} | `{function}` |").unwrap();
                }
            }
        }
    }
    page.push_str("\n## Functions without an endpoint of their own\n\n| function | what it does |\n| --- | --- |\n");
    for name in stack.functions.keys().filter(|name| !page.contains(&format!("`{name}` |"))).collect::<Vec<_>>() {
        writeln!(page, "| `{name}` | {} |", description(name)).unwrap();
    }
    assert_generated("endpoints.md", &page);
}

/// The function of a path of the document: the template says `{proxy+}` where the document names what it is.
fn function_at<'f>(functions: &BTreeMap<&str, &'f str>, path: &str) -> &'f str {
    let parent = path.rsplit_once('/').map_or(path, |(parent, _)| parent);
    let inside = |known: &&str| known.strip_suffix("}").is_some_and(|_| known.starts_with(&format!("{parent}/{{")));
    let found = functions.get(path).or_else(|| functions.keys().find(|known| inside(known)).map(|key| &functions[key]));
    found.unwrap_or_else(|| panic!("the template has no route for {path}"))
}

/// What a function's package says of it.
fn description(name: &str) -> String {
    let manifest: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "functions", name, "Cargo.toml"].iter().collect();
    let manifest = std::fs::read_to_string(manifest).expect("the function's package");
    let line = manifest.lines().find_map(|line| line.strip_prefix("description = ")).expect("a description");
    line.trim_matches('"').to_owned()
}

#[test]
fn the_page_of_parameters_lists_every_parameter() {
    let template = local::template::deployed().unwrap();
    let on_a_laptop = local::parameters::parameters(template, "http://127.0.0.1:8788", &[]).unwrap();
    let declared = template["Parameters"].as_object().unwrap();
    let row = |name: &str| {
        let declaration = &declared[name];
        let default = local::template::text(&declaration["Default"]).unwrap_or_default();
        let local = &on_a_laptop[name];
        let shown = |value: &str| if value.is_empty() { "empty".to_owned() } else { format!("`{value}`") };
        let local = if *local == default { String::new() } else { shown(local) };
        let meaning =
            format!("{}{}", declaration["Description"].as_str().expect("a description"), allowed(declaration));
        format!("| `{name}` | {} | {local} | {} |\n", shown(&default), meaning.replace('|', "\\|"))
    };
    let table = |names: &[&str]| {
        let head = "| parameter | default | on a laptop, where that differs | meaning |\n| --- | --- | --- | --- |\n";
        names.iter().map(|name| row(name)).fold(head.to_owned(), |table, row| table + &row)
    };
    let others: Vec<&str> = declared.keys().map(String::as_str).filter(|name| !ESSENTIAL.contains(name)).collect();
    let page = format!("\n## The ten essentials\n\n{}\n## All others\n\n{}\n", table(&ESSENTIAL), table(&others));
    assert_generated("configuration.md", &page);
}

/// What a value may be, as a sentence behind the description.
fn allowed(declaration: &Value) -> String {
    let number = |name: &str| declaration[name].as_i64();
    if let Some(values) = declaration["AllowedValues"].as_array() {
        let values: Vec<_> = values.iter().filter_map(local::template::text).map(|text| format!("`{text}`")).collect();
        return format!(" One of {}.", values.join(", "));
    }
    if let (Some(least), Some(most)) = (number("MinValue"), number("MaxValue")) {
        return format!(" From {least} to {most}.");
    }
    match (number("MinLength"), number("MaxLength"), declaration["ConstraintDescription"].as_str()) {
        (Some(least), Some(most), _) => format!(" From {least} to {most} characters."),
        (_, _, Some(constraint)) => format!(" The value {constraint}."),
        _ => String::new(),
    }
}

#[tokio::test]
async fn the_page_of_errors_explains_every_code() {
    let driftwood = TestServer::start().await;
    let mut codes = BTreeSet::new();
    error_codes(&openapi_of(&driftwood), &mut codes);
    assert!(codes.contains("invalid_grant") && codes.contains("email_taken"), "{codes:?}");
    let page = read("errors.md");
    let missing: Vec<_> = codes.into_iter().filter(|code| !page.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/errors.md does not explain {missing:?}");
}

#[test]
fn the_page_of_errors_has_a_section_for_each_oauth_code() {
    let mut page = String::new();
    for (code, explanation) in openapi::errors::explanations() {
        writeln!(page, "\n### {code}\n\n{}\n\n| cause | what to do |\n| --- | --- |", explanation.meaning).unwrap();
        for (cause, remedy) in explanation.causes {
            writeln!(page, "| {cause} | {remedy} |").unwrap();
        }
    }
    page.push('\n');
    assert_generated("errors.md", &page);
    for code in OAuthCode::ALL.map(OAuthCode::as_str) {
        assert!(read("errors.md").contains(&format!("\n### {code}\n")), "docs/errors.md has no section for {code}");
    }
}

#[tokio::test]
async fn a_deployment_serves_the_sections_where_error_uri_leads_to() {
    let driftwood = TestServer::start().await;
    let page = driftwood.get("/docs/errors").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "public, max-age=300"));
    for code in OAuthCode::ALL.map(OAuthCode::as_str) {
        assert!(page.text.contains(&format!("<h3 id=\"{code}\">")), "no section for {code}");
    }
    assert!(page.text.contains("<code>redirect_uri</code> is not the one of the authorization request"));
}

/// Collects what the properties `code` and `error` can be, wherever they are.
fn error_codes(value: &Value, codes: &mut BTreeSet<String>) {
    for name in ["code", "error"] {
        let schema = &value["properties"][name];
        let constant = schema["const"].as_str().map(str::to_owned);
        let listed =
            schema["enum"].as_array().into_iter().flatten().filter_map(|code| code.as_str().map(str::to_owned));
        codes.extend(listed.chain(constant));
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|field| error_codes(field, codes)),
        Value::Array(items) => items.iter().for_each(|item| error_codes(item, codes)),
        _ => {}
    }
}
