//! One fact, one owner: the folders, the registry and the template say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::flows::{every_flow, every_upstream_flow};
use crate::harness::logs::Verbose;
use crate::harness::{DocumentServer, Forged, OPERATED, TestServer, documents_of, granted};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[tokio::test]
async fn folders_registry_template_and_samples_name_the_same_functions() {
    let driftwood = TestServer::start().await;
    let folders: BTreeSet<String> = std::fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let in_template: BTreeSet<String> = driftwood.server.stack.functions.keys().cloned().collect();
    assert_eq!(folders, in_template);
    let mut registered: BTreeSet<String> =
        local::registry::endpoints().iter().map(|endpoint| endpoint.name().to_owned()).collect();
    registered.extend(local::registry::background().iter().map(|function| function.name.to_owned()));
    registered.insert("keys-rotate".to_owned());
    assert_eq!(folders, registered);
    for name in &folders {
        let manifest = read(&format!("functions/{name}/Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        read(&format!("infra/events/{name}.json"));
    }
}

#[tokio::test]
async fn each_function_may_do_what_it_does_and_nothing_else_and_no_level_of_the_log_has_a_secret() {
    let log = Verbose::begin();
    let documents = DocumentServer::start().await;
    let fetch_map = documents_of(&[("https://machine.example", &documents)]);
    let options = local::Options { fetch_map, ..local::Options::default() };
    let forged = Forged::start_as(options, &[OPERATED, ("AppQuota", "12")]).await;
    let driftwood = &forged.driftwood;
    every_upstream_flow(&forged).await;
    let mut used: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    // Starting warms every function and makes the first keys; the rest is every flow there is.
    for call in driftwood.calls_at_start().into_iter().chain(every_flow(driftwood, &documents).await) {
        used.entry(call.function).or_default().extend(call.actions);
    }
    driftwood.assert_trail_is_clean().await;
    // Requests to SES are not recorded here: every mail in the mailbox would have been one.
    assert!(!driftwood.server.mailbox.mails().is_empty());
    let identity = &driftwood.server.stack.parameters["MailIdentity"];
    let identity = format!("arn:aws:ses:{}:{}:identity/{identity}", local::evaluate::REGION, local::evaluate::ACCOUNT);
    used.entry("mail-send".to_owned()).or_default().insert((identity, "ses:SendEmail".to_owned()));
    assert!(!driftwood.server.event_bus.entries().is_empty());
    let bus = format!(
        "arn:aws:events:{}:{}:event-bus/{}",
        local::evaluate::REGION,
        local::evaluate::ACCOUNT,
        driftwood.server.stack.parameters["EventBusName"]
    );
    used.entry("events-publish".to_owned()).or_default().insert((bus, "events:PutEvents".to_owned()));
    let mut wrong = Vec::new();
    for (name, granted) in granted(&driftwood.server.stack) {
        let used = used.remove(&name).unwrap_or_default();
        wrong.extend(granted.difference(&used).map(|unused| format!("{name} has and does not use {unused:?}")));
        wrong.extend(used.difference(&granted).map(|missing| format!("{name} uses and does not have {missing:?}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(used.is_empty(), "{used:?}");
    // That none of it has a secret is asserted where the server is dropped, as in every test.
    log.assert_ours();
    assert!(log.left_out() > 1_000, "the AWS SDK would log much more");
}
