//! Everything fails at once, and no event is lost.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{HOST, Installed};
use crate::events::{numbers, order};
use crate::harness::{Alice, PASSWORD, Served};

/// What happens to the functions between an event and its receivers.
const FUNCTIONS: [&str; 3] = ["events-create", "webhooks-queue", "webhooks-send"];
/// At which of its calls a run is killed: between claim and send, between send and deletion, or in the claim itself.
const KILLED_AT: [&str; 4] = ["BatchGetItem", "PutItem", "DeleteItem", "UpdateItem"];
/// One call in so many fails.
const ONE_IN: u64 = 4;
const BATCHES: usize = 8;
const EVENTS: usize = 8;
const DAY: u64 = 86_400;

/// Takes every event, and answers at once.
const STEADY: &str = "/steady";
/// Answers nothing but failures, until the end.
const DEAD: &str = "/dead";
/// Takes every event, and says that it does not.
const LYING: &str = "/lying";
/// Takes events, and then does not for a while.
const FLAPPING: &str = "/flapping";
const RECEIVERS: [&str; 4] = [STEADY, DEAD, LYING, FLAPPING];

async fn signed_in_again(installed: &Installed) -> Alice {
    Alice::from(&installed.email, &installed.driftwood.login(&installed.email, PASSWORD).await.result())
}

/// Posts an event as often as it takes.
async fn post(installed: &Installed, alice: &Alice, number: usize) {
    let key = number.to_string();
    for _ in 0..20 {
        let headers = [("idempotency-key", key.as_str())];
        let reply = installed.driftwood.post_event_as(&alice.access_token, &headers, order(number)).await;
        if reply.status == 201 {
            return;
        }
        assert_eq!(reply.status, 503, "{}", reply.text);
    }
    panic!("the event {number} was never taken");
}

/// How often each order arrived at a receiver.
fn arrived(installed: &Installed, path: &str) -> BTreeMap<u64, usize> {
    let mut arrived = BTreeMap::new();
    for request in installed.receiver.requests(path) {
        let (_, body) = request.split_once("\r\n\r\n").expect("a body");
        let event: Value = serde_json::from_str(body).expect("JSON");
        *arrived.entry(event["data"]["number"].as_u64().expect("a number")).or_default() += 1;
    }
    arrived
}

#[tokio::test]
async fn in_a_storm_of_faults_and_kills_no_event_is_lost() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    let answers = |path, status| installed.receiver.put(path, Served::text("").status(status));
    for path in RECEIVERS {
        answers(path, if path == STEADY { 204 } else { 500 });
        driftwood.webhook(&installed.client, &format!("{HOST}{path}"), &["order.*"]).await;
    }
    let (mut killed, mut number) = (0, 0);
    for batch in 0..BATCHES {
        let alice = signed_in_again(&installed).await;
        driftwood.storm(&FUNCTIONS, ONE_IN);
        for _ in 0..EVENTS {
            number += 1;
            post(&installed, &alice, number).await;
        }
        answers(FLAPPING, if batch % 2 == 0 { 204 } else { 503 });
        for operation in KILLED_AT {
            driftwood.advance(150);
            killed += usize::from(driftwood.kill_at("webhooks-send", operation).await);
        }
        assert!(driftwood.clear_faults() > 0);
    }
    assert!(killed > BATCHES, "{killed}");
    let early = arrived(&installed, DEAD).values().sum::<usize>();
    assert!(early < number, "a dead receiver costs fewer attempts than there are events: {early}");

    // The receivers recover. What the stream could not queue, it gives again before its next record.
    for path in RECEIVERS {
        answers(path, 204);
    }
    let alice = signed_in_again(&installed).await;
    number += 1;
    post(&installed, &alice, number).await;
    for _ in 0..8 {
        driftwood.advance(DAY / 4);
        installed.run().await;
    }
    assert_eq!(installed.waiting().await, 0);
    let all: Vec<u64> = (1..=u64::try_from(number).expect("a number")).collect();
    let alice = signed_in_again(&installed).await;
    let mut posted: Vec<u64> = numbers(&driftwood.events(&alice).await);
    posted.sort_unstable();
    assert_eq!(posted, all, "each was posted once");
    for path in RECEIVERS {
        let arrived = arrived(&installed, path);
        assert_eq!(arrived.keys().copied().collect::<Vec<_>>(), all, "{path}");
        let messages: usize = arrived.values().sum();
        let twice = arrived.values().filter(|times| **times > 1).count();
        println!(
            "{path}: {number} events in {messages} messages, {twice} of them more than once; {killed} runs were killed"
        );
    }
}
