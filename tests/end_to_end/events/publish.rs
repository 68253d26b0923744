//! The operator's event bus gets every event, in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use events_publish::{EventBridge, PutEvents};
use local::{BusTrouble, EVENT_BUS};
use serde_json::{Value, json};
use shared::aws::connections::Connections;
use shared::domain::event::built_in::BuiltIn;
use shared::lambda::{BatchResponse, Event};

use super::{is_posted, numbers, order};
use crate::harness::{FakeService, TestServer, claims};

/// More often than one call of the function asks the bus.
const MANY: usize = 4;

/// The details of the posted events on the bus.
fn published(driftwood: &TestServer) -> Vec<Value> {
    let details = driftwood.server.event_bus.entries().into_iter().map(|entry| entry["Detail"].clone());
    let details = details.map(|detail| serde_json::from_str(detail.as_str().expect("a string")).expect("JSON"));
    details.filter(is_posted).collect()
}

fn json_of(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::M(members) => json!({ "M": image_of(members) }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(json_of).collect::<Vec<_>>() }),
        other => panic!("no item of these tables has a {other:?}"),
    }
}

/// An item as a stream has it.
pub fn image_of(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, value)| (name.clone(), json_of(value))).collect::<serde_json::Map<_, _>>().into()
}

/// The stream's event for these items, numbered from 1.
pub fn streamed(items: &[HashMap<String, AttributeValue>]) -> Event {
    let record = |(at, item): (usize, &HashMap<String, AttributeValue>)| {
        let image = image_of(item);
        let keys = json!({"pk": image["pk"], "sk": image["sk"]});
        json!({"dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": (at + 1).to_string()}})
    };
    let records: Vec<Value> = items.iter().enumerate().map(record).collect();
    Event::within(json!({ "Records": records }), Duration::from_secs(60))
}

/// The posted events that are stored, in order.
pub async fn stored(driftwood: &TestServer) -> Vec<HashMap<String, AttributeValue>> {
    let mut items = driftwood.items_of("Events", "event#").await;
    items.retain(|item| BuiltIn::named(item["kind"].as_s().expect("a string")).is_none());
    items.sort_by_key(|item| item["sk"].as_s().expect("a string").clone());
    items
}

async fn publish(driftwood: &TestServer, event: Event) -> BatchResponse {
    let app = &driftwood.server.apps["events-publish"];
    events_publish::handle(app, &*driftwood.server.event_bus, event).await.expect("a response")
}

fn first_left(response: &BatchResponse) -> Option<&str> {
    response.batch_item_failures.first().map(|failure| failure.item_identifier.as_str())
}

#[tokio::test]
async fn an_event_is_put_onto_the_bus_with_all_that_a_receiver_needs() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let body = json!({"type": "order.placed", "data": {"number": 17}, "occurred_at": "2026-01-02T03:04:05Z"});
    let event = driftwood.event(&alice, body).await;
    let page = driftwood.get(EVENT_BUS).await.json();
    let [registered, entry] = page["entries"].as_array().expect("entries").as_slice() else { panic!("{page}") };
    assert_eq!(registered["DetailType"], "user.created");
    let envelope = ["EventBusName", "Source", "DetailType", "Time"].map(|name| entry[name].clone());
    assert_eq!(envelope, [json!("local"), json!("driftwood"), json!("order.placed"), json!(1_767_323_045)]);
    let mut expected = event;
    let account = claims(&alice.access_token)["account_id"].clone();
    (expected["account_id"], expected["orgId"]) = (account.clone(), account);
    assert_eq!(published(&driftwood), [expected]);
}

#[tokio::test]
async fn without_a_bus_nothing_is_put_anywhere() {
    let driftwood = TestServer::start_with(&[("EventBusName", "")]).await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(1)).await;
    assert!(driftwood.server.event_bus.entries().is_empty());
    assert!(!driftwood.server.stack.functions.contains_key("events-publish"));
}

#[tokio::test]
async fn what_the_bus_refuses_for_a_moment_is_put_again_and_nothing_else_is() {
    let driftwood = TestServer::start_with(&[("EventBusName", "")]).await;
    let alice = driftwood.alice().await;
    for number in 1..=5 {
        driftwood.event(&alice, order(number)).await;
    }
    let items = stored(&driftwood).await;
    let driftwood = TestServer::start().await;
    driftwood.server.event_bus.inject_faults([BusTrouble::Refuses(vec![1, 3]), BusTrouble::Refuses(vec![0])]);
    assert_eq!(publish(&driftwood, streamed(&items)).await, BatchResponse::default());
    assert_eq!(numbers(&published(&driftwood)), [1, 3, 5, 4, 2]);
}

#[tokio::test]
async fn while_the_bus_does_not_respond_events_are_accepted_and_later_put_in_their_order() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.server.event_bus.inject_faults(vec![BusTrouble::Unavailable; 2 * MANY]);
    driftwood.event(&alice, order(1)).await;
    driftwood.event(&alice, order(2)).await;
    assert!(published(&driftwood).is_empty());
    driftwood.event(&alice, order(3)).await;
    assert_eq!(numbers(&published(&driftwood)), [1, 2, 3]);
}

#[tokio::test]
async fn the_stream_goes_on_from_the_first_event_that_the_bus_did_not_take() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for number in 1..=25 {
        driftwood.event(&alice, order(number)).await;
    }
    let items = stored(&driftwood).await;
    let (bus, sent_before) = (&driftwood.server.event_bus, published(&driftwood).len());
    // Of the second ten, the fourth is refused each time: the rest of those ten is on the bus, and the last five wait.
    let refused = std::iter::once(BusTrouble::Refuses(vec![3])).chain(vec![BusTrouble::Refuses(vec![0]); MANY - 1]);
    bus.inject_faults(std::iter::once(BusTrouble::Refuses(vec![])).chain(refused));
    let before = bus.entries().len();
    let response = publish(&driftwood, streamed(&items)).await;
    assert_eq!((first_left(&response), bus.entries().len() - before), (Some("14"), 19));
    assert_eq!(serde_json::to_value(&response).unwrap(), json!({"batchItemFailures": [{"itemIdentifier": "14"}]}));
    assert_eq!(publish(&driftwood, streamed(&items[13..])).await, BatchResponse::default());
    let mut arrived = numbers(&published(&driftwood)[sent_before..]);
    assert_eq!(arrived.len(), 31);
    arrived.sort_unstable();
    arrived.dedup();
    assert_eq!(arrived, (1..=25).collect::<Vec<u64>>());
}

#[tokio::test]
async fn events_whose_acceptance_was_lost_are_put_again() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.server.event_bus.inject_faults([BusTrouble::AnswerLost]);
    let event = driftwood.event(&alice, order(1)).await;
    let published = published(&driftwood);
    assert_eq!(numbers(&published), [1, 1]);
    assert!(published.iter().all(|one| one["id"] == event["id"]), "receivers know it by its id");
}

#[tokio::test]
async fn an_event_of_a_newer_version_waits_for_it_with_all_that_follow() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for number in 1..=3 {
        driftwood.event(&alice, order(number)).await;
    }
    let mut items = stored(&driftwood).await;
    items[1].remove("kind");
    let response = publish(&driftwood, streamed(&items)).await;
    assert_eq!((first_left(&response), numbers(&published(&driftwood))), (Some("2"), vec![1, 2, 3, 1]));
}

#[tokio::test]
async fn other_items_of_the_table_are_no_events() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.post_event_as(&alice.access_token, &[("idempotency-key", "once")], order(1)).await;
    let items = driftwood.items("Events").await;
    assert_eq!(items.len(), 5, "two events, the counter and two keys");
    let others: Vec<_> = items.into_iter().filter(|item| !item["sk"].as_s().unwrap().starts_with("event#")).collect();
    assert_eq!(publish(&driftwood, streamed(&others)).await, BatchResponse::default());
    assert_eq!(numbers(&published(&driftwood)), [1]);
    // Nor is what is no event of the stream.
    for detail in [json!({}), json!({"Records": "none"}), json!({"Records": [{}]})] {
        let event = Event::within(detail, Duration::from_secs(60));
        assert_eq!(publish(&driftwood, event).await, BatchResponse::default());
    }
}

#[tokio::test]
async fn event_bridge_gets_signed_requests_and_says_what_it_did_not_take() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.event(&alice, order(1)).await;
    driftwood.event(&alice, order(2)).await;
    let items = stored(&driftwood).await;
    let (fake, url) = FakeService::start().await;
    let mut aws = driftwood.server.apps["events-publish"].config.aws.clone();
    aws.event_bridge_endpoint = Some(url);
    let bus: &dyn PutEvents = &EventBridge::new(&aws, Arc::new(Connections::default()));
    let app = &driftwood.server.apps["events-publish"];
    let taken = json!({"EventId": "1"});
    fake.respond_with(200, "", json!({"FailedEntryCount": 0, "Entries": [taken, taken]}));
    let response = events_publish::handle(app, bus, streamed(&items)).await.unwrap();
    assert_eq!(response, BatchResponse::default());
    let [request]: [_; 1] = fake.recorded().try_into().expect("one request");
    assert_eq!((request.headers["x-amz-target"].as_str(), request.path.as_str()), ("AWSEvents.PutEvents", "/"));
    assert_eq!(request.headers["content-type"], "application/x-amz-json-1.1");
    assert!(request.headers["authorization"].contains("/eu-central-1/events/aws4_request"));
    assert_eq!(request.body["Entries"], json!(driftwood.server.event_bus.entries()[1..]), "without the registration");

    let refused = json!({"ErrorCode": "InternalFailure", "ErrorMessage": "Later"});
    fake.respond_with(200, "", json!({"FailedEntryCount": 1, "Entries": [taken, refused]}));
    let response = events_publish::handle(app, bus, streamed(&items)).await.unwrap();
    // What is asked again is one event, and the first of the two outcomes is that it was taken.
    assert_eq!((first_left(&response), fake.recorded().len()), (None, 2));
    fake.respond_with(400, "AccessDeniedException", json!({"message": "not authorized to perform: events:PutEvents"}));
    let response = events_publish::handle(app, bus, streamed(&items)).await.unwrap();
    assert_eq!(first_left(&response), Some("1"));
    assert!(driftwood.has_logged("events:PutEvents", "the event bus does not respond"));
}
