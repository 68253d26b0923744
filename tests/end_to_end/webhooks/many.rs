//! What many events to many webhooks cost.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::json;

use super::{HOST, Installed};
use crate::harness::{PASSWORD, Served};

const APPS: usize = 10;
const WEBHOOKS_OF_AN_APP: usize = 10;
/// How many events are posted at the same time.
const AT_ONCE: usize = 16;

/// How many events are posted: `EVENTS=10000` repeats the table of docs/benchmarks.md.
#[expect(clippy::disallowed_methods, reason = "the environment says how many")]
fn events() -> usize {
    std::env::var("EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(50)
}

#[tokio::test]
async fn an_event_costs_the_same_calls_however_many_there_are_and_a_webhook_that_it_is_not_for_none() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    let mut paths = Vec::new();
    for app in 0..APPS {
        let settings = json!({
            "name": format!("App {app}"), "redirect_uris": ["https://watch.example/cb"],
            "token_endpoint_auth_method": "none", "scopes": ["openid", "event_read"],
        });
        let client = driftwood.client(settings).await;
        for webhook in 0..WEBHOOKS_OF_AN_APP {
            let path = format!("/{app}/{webhook}");
            installed.receiver.put(&path, Served::text("").status(204));
            driftwood.webhook(&client, &format!("{HOST}{path}"), &[&format!("load.e{}", paths.len())]).await;
            paths.push(path);
        }
        let visitor = driftwood.visitor();
        visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &installed.email, PASSWORD).await;
        let answer = visitor.approve(&client, &[("scope", "openid event_read")]).await;
        client.exchange(driftwood, answer.code()).await.json();
    }
    driftwood.calls();
    let (events, began) = (events(), Instant::now());
    let post = async |number: usize| {
        let body = json!({"type": format!("load.e{}", number % paths.len()), "data": {"number": number}});
        driftwood.event(&installed.alice, body).await;
    };
    stream::iter(0..events).for_each_concurrent(AT_ONCE, post).await;
    let took = began.elapsed();
    assert_eq!(installed.waiting().await, 0);
    let arrived: usize = paths.iter().map(|path| installed.receiver.requests(path).len()).sum();
    assert_eq!(arrived, events, "each event arrived once, at the webhook that it is for");

    let mut calls: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for call in driftwood.calls() {
        *calls.entry(call.function).or_default().entry(call.operation).or_default() += 1;
    }
    println!("{events} events to {} webhooks in {took:?}: {calls:?}", paths.len());
    let of = |function: &str| calls.get(function).map_or(0, |calls| calls.values().sum::<usize>());
    // Each of those that begin at once may read a key.
    let about = |function: &str, each: usize| {
        let (made, expected) = (of(function), each * events);
        assert!((expected..=expected + AT_ONCE).contains(&made), "{function}: {made}, and not {expected}");
    };
    about("events-create", 3);
    about("webhooks-queue", 3);
    about("webhooks-send", 4);
}
