//! What is sent, to which webhooks, and how it is signed.

use http::HeaderMap;
use serde_json::json;
use shared::domain::webhook::secret::Secrets;
use shared::fault::Fault;

use super::{HOST, Installed, Message, PATH};
use crate::harness::Served;

/// The headers of a message as the library of Standard Webhooks takes them.
fn headers(message: &Message) -> HeaderMap {
    let named = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    named.into_iter().map(|name| (name.parse().unwrap(), message.headers[name].parse().unwrap())).collect()
}

#[tokio::test]
async fn an_event_is_sent_at_once_complete_and_signed() {
    let installed = Installed::start().await;
    let event = installed.order(17).await;
    let [message] = installed.messages().try_into().expect("one message");
    let mut expected = event.clone();
    let account = installed.alice.claims()["account_id"].clone();
    (expected["account_id"], expected["orgId"]) = (account.clone(), account);
    assert_eq!(message.json(), expected);
    let header = |name: &str| message.headers[name].as_str();
    assert_eq!((header("content-type"), header("webhook-id")), ("application/json", event["id"].as_str().unwrap()));
    assert!(header("webhook-timestamp").bytes().all(|digit| digit.is_ascii_digit()));
    let key = installed.driftwood.server.apps["webhooks-send"].keys.webhook().await.unwrap();
    let secret = key.secret(installed.webhook, Secrets::default());
    let library = standardwebhooks::Webhook::new(secret.expose()).unwrap();
    library.verify(message.text.as_bytes(), &headers(&message)).expect("a signature that their library accepts");
    library.verify(message.text.replace("17", "18").as_bytes(), &headers(&message)).expect_err("another body");
    assert_eq!(installed.waiting().await, 0);
}

#[tokio::test]
async fn for_a_day_after_a_rotation_receivers_with_either_secret_accept() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    let (store, now) = (&driftwood.server.apps["webhooks-send"].stores.webhooks, driftwood.clock.now());
    let rotate = |webhooks: Vec<shared::domain::webhook::Webhook>| {
        let rotated = webhooks
            .into_iter()
            .map(|webhook| shared::domain::webhook::Webhook { secrets: webhook.secrets.rotated(now), ..webhook });
        Ok::<_, Fault>(Some(rotated.collect()))
    };
    store.change(installed.client.app_id(), now, rotate).await.expect("a change");
    installed.order(1).await;
    let [message] = installed.messages().try_into().expect("one message");
    let key = driftwood.server.apps["webhooks-send"].keys.webhook().await.unwrap();
    for secrets in [Secrets::default(), Secrets::default().rotated(now)] {
        let library = standardwebhooks::Webhook::new(key.secret(installed.webhook, secrets).expose()).unwrap();
        library.verify(message.text.as_bytes(), &headers(&message)).expect("a signature");
    }
}

#[tokio::test]
async fn only_webhooks_that_want_a_type_get_it() {
    let installed = Installed::start().await;
    let (driftwood, client) = (&installed.driftwood, &installed.client);
    installed.receiver.put("/all", Served::text("").status(200));
    installed.receiver.put("/jobs", Served::text("").status(200));
    driftwood.webhook(client, &format!("{HOST}/all"), &["*"]).await;
    driftwood.webhook(client, &format!("{HOST}/jobs"), &["job.finished"]).await;
    for kind in ["order.placed", "job.finished", "orders.all"] {
        driftwood.event(&installed.alice, json!({"type": kind, "data": {"number": 1}})).await;
    }
    let counts = [PATH, "/all", "/jobs"].map(|path| installed.receiver.requests(path).len());
    assert_eq!(counts, [1, 3, 1]);
}

#[tokio::test]
async fn only_accounts_that_installed_the_app_and_let_it_read_events_are_heard() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    let (_, without_scope) = driftwood.installs(&installed.client, "openid").await;
    let stranger = driftwood.alice().await;
    for user in [&without_scope, &stranger, &installed.client.developer] {
        driftwood.event(user, crate::events::order(1)).await;
    }
    assert!(installed.messages().is_empty() && installed.waiting().await == 0);
    installed.order(2).await;
    assert_eq!(installed.numbers(), [2]);
}

#[tokio::test]
async fn from_the_exchange_on_events_reach_the_app() {
    let installed = Installed::start().await;
    let (driftwood, client) = (&installed.driftwood, &installed.client);
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let later = crate::harness::Alice::from(&email, &driftwood.login(&email, crate::harness::PASSWORD).await.result());
    driftwood.event(&later, crate::events::order(1)).await;
    let answer = visitor.approve(client, &[("scope", "openid event_read")]).await;
    client.exchange(driftwood, answer.code()).await.json();
    driftwood.event(&later, crate::events::order(2)).await;
    assert_eq!(installed.numbers(), [2]);
}

#[tokio::test]
async fn every_attempt_is_recorded_for_its_maker() {
    let installed = Installed::start().await;
    installed.receiver.put(PATH, Served::text("no \u{7} such order").status(404));
    installed.order(1).await;
    installed.receiver.put(PATH, Served::text("").status(204));
    installed.driftwood.advance(5);
    installed.run().await;
    let store = &installed.driftwood.server.apps["webhooks-send"].stores.webhooks;
    let attempts = store.attempts(installed.webhook, None, 20).await.expect("the attempts");
    let shown: Vec<_> = attempts.iter().map(|attempt| serde_json::to_value(&attempt.outcome).unwrap()).collect();
    let answered = |status: u16, body: &str| json!({"is": "answered", "status": status, "body": body});
    assert_eq!(shown, [answered(204, ""), answered(404, "no  such order")]);
    assert!(attempts.iter().all(|attempt| attempt.kind == "order.placed"));
    assert_eq!(attempts[0].message_id, attempts[1].message_id);
}
