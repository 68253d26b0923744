//! What the maker of an app sends to its webhook again.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::types::timestamp::Timestamp;
use shared::domain::webhook::attempt::{Attempt, AttemptId, Outcome};
use shared::domain::webhook::delivery::MessageId;

use super::{HOST, Installed, PATH};
use crate::harness::{Alice, PASSWORD, Reply, Served, Trouble};
use crate::management::{APPS, MERGE_PATCH, call_with};

const FAILED: u16 = 503;
const TAKEN: u16 = 204;

impl Installed {
    fn now(&self) -> Timestamp {
        self.driftwood.clock.now()
    }

    /// From now on, the receiver answers this.
    fn answer(&self, status: u16) {
        self.receiver.put(PATH, Served::text("").status(status));
    }

    fn settings(&self) -> String {
        format!("{APPS}/{}/webhooks/{}", self.client.app_id(), self.webhook)
    }

    async fn as_maker(&self, method: Method, path: &str, body: Value) -> Reply {
        let headers: &[_] = if method == Method::PATCH { &[MERGE_PATCH] } else { &[] };
        call_with(&self.driftwood, &self.client.developer.access_token, method, path, headers, body).await
    }

    async fn resend(&self, body: Value) -> Reply {
        self.as_maker(Method::POST, &format!("{}/resend", self.settings()), body).await
    }

    /// Sends messages again, and returns how many.
    async fn resent(&self, body: Value) -> u64 {
        let reply = self.resend(body).await;
        assert_eq!((reply.status, &reply.json()["next_since"]), (202, &Value::Null), "{}", reply.text);
        reply.json()["resent"].as_u64().expect("a number")
    }

    async fn enable(&self, is_enabled: bool) {
        let reply = self.as_maker(Method::PATCH, &self.settings(), json!({"enabled": is_enabled})).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    /// Posts an order that the receiver does not take, and that is not tried again.
    async fn lost_order(&self, number: usize) -> Value {
        self.answer(FAILED);
        let event = self.order(number).await;
        self.enable(false).await;
        self.driftwood.advance(60);
        self.run().await;
        self.enable(true).await;
        self.answer(TAKEN);
        assert_eq!(self.waiting().await, 0);
        event
    }

    async fn trail(&self) -> Vec<Value> {
        let mut trail = self.driftwood.trail(&self.client.developer.access_token, json!({})).await;
        trail.retain(|event| event["action"] == "webhook.resent");
        trail
    }

    fn ids(&self) -> Vec<String> {
        self.messages().iter().map(|message| message.headers["webhook-id"].clone()).collect()
    }
}

#[tokio::test]
async fn a_message_is_sent_once_more_as_it_was_whatever_came_of_it() {
    let installed = Installed::start().await;
    for (number, status) in [(1, TAKEN), (2, FAILED)] {
        installed.receiver.forget();
        installed.driftwood.advance(1);
        let event = if status == TAKEN { installed.order(number).await } else { installed.lost_order(number).await };
        installed.driftwood.advance(1);
        assert_eq!(installed.resent(json!({"message_id": event["id"]})).await, 1);
        let [first, again] = installed.messages().try_into().expect("two messages");
        assert_eq!((&first.text, &first.headers["webhook-id"]), (&again.text, &again.headers["webhook-id"]));
        assert!(first.headers["webhook-timestamp"] < again.headers["webhook-timestamp"], "it is signed anew");
        assert_eq!(installed.waiting().await, 0);
        let read = installed.as_maker(Method::GET, &installed.settings(), Value::Null).await;
        let attempts = read.json()["attempts"].as_array().expect("a list").clone();
        let shown = |attempt: &Value| (attempt["message_id"].clone(), attempt["status"].clone());
        assert_eq!(shown(&attempts[0]), (event["id"].clone(), json!(TAKEN)));
        assert_eq!(shown(&attempts[1]), (event["id"].clone(), json!(status)));
        for hidden in ["account_id", "user_id"] {
            let id = installed.alice.claims()[hidden].as_str().unwrap_or(&installed.alice.user_id).to_owned();
            assert!(!read.text.contains(&id), "a maker is not shown the {hidden}: {}", read.text);
        }
    }
}

#[tokio::test]
async fn a_test_is_sent_again_as_it_was() {
    let installed = Installed::start().await;
    let test = installed.as_maker(Method::POST, &format!("{}/test", installed.settings()), Value::Null).await;
    installed.driftwood.advance(300);
    assert_eq!(installed.resent(json!({"message_id": test.json()["id"]})).await, 1);
    let [first, again] = installed.messages().try_into().expect("two messages");
    assert_eq!((first.text, &first.headers["webhook-id"]), (again.text, &again.headers["webhook-id"]));
}

#[tokio::test]
async fn what_failed_in_an_outage_is_sent_again_and_what_was_taken_is_not() {
    let installed = Installed::start().await;
    let before = installed.lost_order(1).await;
    installed.driftwood.advance(1);
    let since = installed.now().to_rfc3339();
    installed.order(2).await;
    let lost = installed.lost_order(3).await;
    // This one was taken at its second attempt.
    installed.answer(FAILED);
    installed.order(4).await;
    installed.answer(TAKEN);
    installed.driftwood.advance(60);
    installed.run().await;
    installed.receiver.forget();
    assert_eq!(installed.resent(json!({"since": since})).await, 1);
    assert_eq!(installed.ids(), [lost["id"].as_str().unwrap()]);
    // Now that it was taken, nothing has failed.
    assert_eq!(installed.resent(json!({"since": since, "which": "failed"})).await, 0);
    assert_eq!(installed.messages().len(), 1);
    let earlier = before["created_at"].clone();
    assert_eq!(installed.resent(json!({"since": earlier, "which": "failed"})).await, 1);
    assert_eq!(installed.numbers(), [3, 1]);
}

#[tokio::test]
async fn all_messages_since_a_time_are_sent_again() {
    let installed = Installed::start().await;
    installed.order(1).await;
    installed.driftwood.advance(1);
    let since = installed.now().to_rfc3339();
    installed.order(2).await;
    installed.lost_order(3).await;
    installed.receiver.forget();
    assert_eq!(installed.resent(json!({"since": since, "which": "all"})).await, 2);
    let mut numbers = installed.numbers();
    numbers.sort_unstable();
    assert_eq!((numbers, installed.waiting().await), (vec![2, 3], 0));
    installed.driftwood.advance(1);
    assert_eq!(installed.resent(json!({"since": installed.now().to_rfc3339(), "which": "all"})).await, 0);
}

#[tokio::test]
async fn a_delivery_that_was_given_up_can_be_sent_again() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    installed.answer(FAILED);
    let tried = installed.order(1).await;
    // It waits for the receiver, and is never attempted.
    let waited = installed.order(2).await;
    assert_eq!((installed.numbers(), installed.waiting().await), (vec![1], 2));
    driftwood.advance(5 * 86_400);
    installed.run().await;
    assert_eq!((driftwood.items_of("Webhooks", "dead#").await.len(), installed.waiting().await), (2, 0));
    let developer = &installed.client.developer.email;
    let again = Alice::from(developer, &driftwood.login(developer, PASSWORD).await.result());
    let client = crate::harness::Client { developer: again, ..installed.client };
    let installed = Installed { client, ..installed };
    let read = installed.as_maker(Method::GET, &installed.settings(), Value::Null).await.json();
    let reason = read["attempts"][0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("given up"), "{reason}");
    installed.answer(TAKEN);
    installed.enable(true).await;
    installed.receiver.forget();
    for event in [&tried, &waited] {
        assert_eq!(installed.resent(json!({"message_id": event["id"]})).await, 1);
    }
    assert_eq!((installed.numbers(), installed.waiting().await), (vec![1, 2], 0));
    installed.receiver.forget();
    assert_eq!(installed.resent(json!({"since": tried["created_at"]})).await, 0, "they were taken");
    assert_eq!(installed.resent(json!({"since": tried["created_at"], "which": "all"})).await, 2);
}

#[tokio::test]
async fn nothing_is_sent_again_that_may_not_be_sent() {
    let installed = Installed::start().await;
    let event = installed.lost_order(1).await;
    installed.receiver.forget();
    installed.enable(false).await;
    for body in [json!({"message_id": event["id"]}), json!({"since": event["created_at"]})] {
        installed.resend(body).await.refused_resource(409, "conflict");
    }
    installed.enable(true).await;
    assert_eq!((installed.waiting().await, installed.trail().await.len()), (0, 0));
    // A receiver that failed just now is waited for.
    installed.answer(FAILED);
    assert_eq!(installed.resent(json!({"message_id": event["id"]})).await, 1);
    assert_eq!(installed.resent(json!({"message_id": event["id"]})).await, 1);
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 2));
    // From the moment of uninstalling on, nothing is sent.
    let visitor = installed.driftwood.visitor();
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &installed.email, PASSWORD).await;
    crate::account::disconnect(&visitor, "Order Watch").await;
    installed.enable(true).await;
    assert_eq!(installed.resent(json!({"message_id": event["id"]})).await, 1);
    installed.driftwood.advance(60);
    installed.run().await;
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 0));
}

#[tokio::test]
async fn only_what_was_attempted_at_the_webhook_in_a_week_is_found() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    let event = installed.order(1).await;
    let body = json!({"message_id": event["id"]});
    let other = driftwood.webhook(&installed.client, &format!("{HOST}/other"), &["job.*"]).await;
    let elsewhere = format!("{APPS}/{}/webhooks/{other}/resend", installed.client.app_id());
    installed.as_maker(Method::POST, &elsewhere, body.clone()).await.refused_resource(404, "not_found");
    let unknown = MessageId::generate(installed.now()).to_string();
    installed.resend(json!({"message_id": unknown})).await.refused_resource(404, "not_found");
    installed
        .resend(json!({"message_id": "ffffffff-ffff-ffff-ffff-ffffffffffff"}))
        .await
        .refused_resource(404, "not_found");
    let days_later = async |installed: Installed, days: u64| {
        installed.driftwood.advance(days * 86_400 + 1);
        let developer = &installed.client.developer.email;
        let again = Alice::from(developer, &installed.driftwood.login(developer, PASSWORD).await.result());
        Installed { client: crate::harness::Client { developer: again, ..installed.client }, ..installed }
    };
    let installed = days_later(installed, 6).await;
    assert_eq!(installed.resent(body.clone()).await, 1);
    let since = json!({"since": "2000-01-01T00:00:00Z", "which": "all"});
    assert_eq!(installed.resent(since.clone()).await, 1);
    // The one of a day before is still there, and what was sent again is found by its id alone.
    let installed = days_later(installed, 1).await;
    assert_eq!((installed.resent(since).await, installed.resent(body.clone()).await), (0, 1));
    let installed = days_later(installed, 8).await;
    installed.resend(body).await.refused_resource(404, "not_found");
}

#[tokio::test]
async fn attempts_that_an_earlier_version_recorded_are_passed_over() {
    let installed = Installed::start().await;
    let event = installed.lost_order(1).await;
    let (id, now) = (MessageId::generate(installed.now()), installed.now());
    let earlier = Attempt {
        id: AttemptId::generate(now),
        message_id: id,
        kind: "order.placed".to_owned(),
        at: now,
        milliseconds: 1,
        outcome: Outcome::Answered { status: 500, body: String::new() },
        message: None,
        is_resent: false,
    };
    let stored = serde_json::to_value(&earlier).unwrap();
    assert!(stored.get("message").is_none() && stored.get("is_resent").is_none(), "the earlier form: {stored}");
    let store = &installed.driftwood.server.apps["webhooks-send"].stores.webhooks;
    store.record(installed.webhook, &earlier).await.expect("a write");
    installed.receiver.forget();
    for which in ["failed", "all"] {
        assert_eq!(installed.resent(json!({"since": event["created_at"], "which": which})).await, 1, "{which}");
    }
    assert_eq!(installed.numbers(), [1, 1]);
    installed.resend(json!({"message_id": id.to_string()})).await.refused_resource(404, "not_found");
}

#[tokio::test]
async fn more_than_five_hundred_messages_take_requests_of_which_each_says_where_to_go_on() {
    let installed = Installed::start().await;
    let now = installed.now();
    installed.order(1).await;
    let store = &installed.driftwood.server.apps["webhooks-send"].stores.webhooks;
    let [first] = store.attempts(installed.webhook, None, 2).await.expect("attempts").try_into().expect("one");
    // Messages of which each is of its own second, all of them with the event of the first.
    for number in 1..=600_u64 {
        let at = Timestamp::from_seconds(now.as_seconds() + i64::try_from(number).unwrap());
        let (id, message_id) = (AttemptId::generate(at), MessageId::generate(at));
        let attempt = Attempt { id, message_id, at, ..first.clone() };
        store.record(installed.webhook, &attempt).await.expect("a write");
    }
    installed.driftwood.advance(700);
    installed.receiver.forget();
    let (mut since, mut counts) = (json!(now.to_rfc3339()), Vec::new());
    while !since.is_null() {
        let reply = installed.resend(json!({"since": since, "which": "all"})).await;
        assert_eq!(reply.status, 202, "{}", reply.text);
        counts.push(reply.json()["resent"].clone());
        since = reply.json()["next_since"].clone();
    }
    assert_eq!(counts, [json!(500), json!(101)], "and not what these requests sent again");
    assert_eq!((installed.messages().len(), installed.waiting().await), (601, 0));
    assert_eq!(installed.trail().await.len(), 2);
}

#[tokio::test]
async fn a_request_that_says_nothing_or_too_much_is_refused() {
    let installed = Installed::start().await;
    let event = installed.order(1).await;
    let (id, since) = (event["id"].clone(), event["created_at"].clone());
    for (body, mistaken) in [
        (json!({}), vec!["message_id"]),
        (Value::Null, vec!["message_id"]),
        (json!({"message_id": null, "since": null}), vec!["message_id"]),
        (json!({"which": "all"}), vec!["message_id"]),
        (json!({"message_id": id, "since": since}), vec!["since"]),
        (json!({"message_id": id, "since": since, "which": "all"}), vec!["since", "which"]),
        (json!({"message_id": id, "which": "failed"}), vec!["which"]),
        (json!({"message_id": "x"}), vec!["message_id"]),
        (json!({"message_id": 1}), vec!["message_id"]),
        (json!({"since": "yesterday"}), vec!["since"]),
        (json!({"since": 1}), vec!["since"]),
        (json!({"since": since, "which": "some"}), vec!["which"]),
        (json!({"since": since, "which": true}), vec!["which"]),
    ] {
        assert_eq!(installed.resend(body.clone()).await.mistaken_parts(), mistaken, "{body}");
    }
    assert_eq!((installed.messages().len(), installed.trail().await.len()), (1, 0));
}

#[tokio::test]
async fn each_request_that_sends_something_again_is_in_the_audit_trail() {
    let installed = Installed::start().await;
    let event = installed.order(1).await;
    assert_eq!(installed.resent(json!({"since": event["created_at"]})).await, 0);
    assert_eq!(installed.trail().await, [Value::Null; 0]);
    installed.resent(json!({"message_id": event["id"]})).await;
    installed.resent(json!({"since": event["created_at"], "which": "all"})).await;
    let trail = installed.trail().await;
    assert_eq!(trail.len(), 2);
    for event in trail {
        assert_eq!(event["subject"], installed.webhook.to_string());
        assert_eq!(event["user_id"], installed.client.developer.user_id);
    }
}

#[tokio::test]
async fn a_passing_fault_is_not_noticed_and_a_lasting_one_loses_nothing() {
    let installed = Installed::start().await;
    let event = installed.lost_order(1).await;
    let body = json!({"message_id": event["id"]});
    installed.receiver.forget();
    for table in ["AuditTable", "WebhooksTable"] {
        for trouble in Trouble::PASSING {
            let put = format!("PutItem {table}");
            installed.driftwood.inject_fault_in("v1-app-webhooks", &put, trouble, 1);
            let before = installed.messages().len();
            assert_eq!(installed.resent(body.clone()).await, 1, "{table} {trouble:?}");
            assert_eq!(installed.driftwood.clear_faults(), 1, "{table} {trouble:?}");
            assert_eq!((installed.messages().len(), installed.waiting().await), (before + 1, 0), "{table} {trouble:?}");
        }
    }
    for operation in ["Query WebhooksTable", "PutItem AuditTable", "PutItem WebhooksTable"] {
        let (sent, recorded) = (installed.messages().len(), installed.trail().await.len());
        installed.driftwood.inject_fault_in("v1-app-webhooks", operation, Trouble::TimeoutBefore, 50);
        installed.resend(body.clone()).await.refused_resource(503, "unavailable");
        assert!(installed.driftwood.clear_faults() > 0, "{operation}");
        assert_eq!(installed.messages().len(), sent, "{operation}");
        assert!(installed.trail().await.len() >= recorded, "{operation}");
        assert_eq!(installed.resent(body.clone()).await, 1, "{operation}: the same request again");
        assert_eq!(installed.messages().len(), sent + 1, "{operation}");
    }
    let ids: BTreeSet<_> = installed.ids().into_iter().collect();
    assert_eq!(ids, BTreeSet::from([event["id"].as_str().unwrap().to_owned()]), "always the same message");
}
