//! What ends the delivery of events.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::webhook::{State, Webhook, Why};
use shared::fault::Fault;

use super::{Installed, PATH};
use crate::events::order;
use crate::harness::{Alice, PASSWORD, Served, Trouble};
use crate::management::{APPS, call};

/// Makes the next delivery wait.
async fn with_a_delivery_that_waits() -> Installed {
    let installed = Installed::start().await;
    installed.receiver.put(PATH, Served::text("").status(503));
    installed.order(1).await;
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 1));
    installed.receiver.put(PATH, Served::text("").status(204));
    installed.driftwood.advance(5);
    installed
}

#[tokio::test]
async fn from_the_moment_of_uninstalling_nothing_is_sent_not_even_what_waits() {
    let installed = with_a_delivery_that_waits().await;
    let visitor = installed.driftwood.visitor();
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &installed.email, PASSWORD).await;
    crate::account::disconnect(&visitor, "Order Watch").await;
    installed.run().await;
    installed.order(2).await;
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 0));
}

#[tokio::test]
async fn a_revoked_app_gets_nothing() {
    let installed = with_a_delivery_that_waits().await;
    let (driftwood, client) = (&installed.driftwood, &installed.client);
    let path = format!("/api/v1/apps/{}", client.app_id());
    let bearer = format!("Bearer {}", client.developer.access_token);
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(driftwood.send(reqwest::Method::DELETE, &path, &headers, String::new()).await.status, 204);
    installed.run().await;
    installed.order(2).await;
    installed.run().await;
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 0));
}

#[tokio::test]
async fn a_test_that_waits_is_not_sent_to_a_revoked_app() {
    let installed = Installed::start().await;
    let (driftwood, client) = (&installed.driftwood, &installed.client);
    installed.receiver.put(PATH, Served::text("").status(503));
    let app = format!("{APPS}/{}", client.app_id());
    let maker = &client.developer.access_token;
    let test = format!("{app}/webhooks/{}/test", installed.webhook);
    assert_eq!(call(driftwood, maker, Method::POST, &test, Value::Null).await.status, 202);
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 1));
    assert_eq!(call(driftwood, maker, Method::DELETE, &app, Value::Null).await.status, 204);
    installed.receiver.put(PATH, Served::text("").status(204));
    driftwood.advance(10);
    installed.run().await;
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 0));
}

#[tokio::test]
async fn a_disabled_webhook_gets_nothing_and_enabled_again_only_what_comes_then() {
    let installed = with_a_delivery_that_waits().await;
    let driftwood = &installed.driftwood;
    let (store, now) = (&driftwood.server.apps["webhooks-send"].stores.webhooks, driftwood.clock.now());
    let (id, app) = (installed.webhook, installed.client.app_id());
    let change = |next: fn(Webhook, shared::domain::types::timestamp::Timestamp) -> Webhook| {
        store.change(app, now, move |webhooks: Vec<Webhook>| {
            let changed =
                webhooks.into_iter().map(|webhook| if webhook.id == id { next(webhook, now) } else { webhook });
            Ok::<_, Fault>(Some(changed.collect()))
        })
    };
    change(|webhook, now| webhook.disabled(Why::Maker, now)).await.expect("a change");
    installed.run().await;
    installed.order(2).await;
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 0));
    change(|webhook, _| webhook.enabled()).await.expect("a change");
    installed.order(3).await;
    assert_eq!(installed.numbers(), [1, 3]);
}

#[tokio::test]
async fn a_receiver_that_is_gone_disables_its_webhook() {
    let installed = Installed::start().await;
    installed.receiver.put(PATH, Served::text("").status(410));
    installed.order(1).await;
    installed.order(2).await;
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 0));
    let since = installed.driftwood.clock.now();
    assert_eq!(installed.stored().await.state, State::Disabled { why: Why::Gone, since });
    let mails = installed.driftwood.mail_to(&installed.client.developer.email);
    let mail = mails.last().expect("a mail to its maker");
    assert_eq!(mail.subject, "A webhook of your app at Driftwood was disabled");
    for part in ["410", &installed.client.app_id().to_string(), &installed.webhook.to_string()] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
    let maker = &installed.client.developer;
    let trail = installed.driftwood.post_as(&maker.access_token, "audit-list", json!({})).await.result();
    let mut events = trail["events"].as_array().expect("events").iter();
    let event = events.find(|event| event["action"] == "webhook.disabled").expect("an event");
    assert_eq!(event["subject"], installed.client.app_id().to_string());
}

#[tokio::test]
async fn whatever_fails_a_webhook_is_disabled_and_its_maker_told_once() {
    for trouble in [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::ResponseLost] {
        let installed = Installed::start().await;
        let told = |installed: &Installed| {
            let mails = installed.driftwood.mail_to(&installed.client.developer.email);
            mails.iter().filter(|mail| mail.subject.starts_with("A webhook")).count()
        };
        installed.receiver.put(PATH, Served::text("").status(410));
        installed.driftwood.inject_fault_in("webhooks-send", "TransactWriteItems", trouble, 1);
        installed.order(1).await;
        assert_eq!(installed.driftwood.clear_faults(), 1, "{trouble:?}");
        installed.driftwood.advance(60);
        installed.run().await;
        assert!(matches!(installed.stored().await.state, State::Disabled { why: Why::Gone, .. }), "{trouble:?}");
        assert_eq!((told(&installed), installed.waiting().await), (1, 0), "{trouble:?}");
    }
}

#[tokio::test]
async fn five_days_of_failure_disable_a_webhook() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    installed.receiver.put(PATH, Served::text("").status(500));
    installed.order(1).await;
    // The longest wait between two attempts is six hours.
    for _ in 0..5 * 24 + 6 {
        driftwood.advance(3_600);
        installed.run().await;
    }
    let sent = installed.messages().len();
    assert!((20..40).contains(&sent), "{sent} attempts in five days");
    assert_eq!((installed.stored().await.state, installed.waiting().await), (State::Enabled, 0));
    // What was given up is kept.
    assert_eq!(driftwood.items_of("Webhooks", "dead#").await.len(), 1);
    let alice = Alice::from(&installed.email, &driftwood.login(&installed.email, PASSWORD).await.result());
    driftwood.event(&alice, order(2)).await;
    let since = driftwood.clock.now();
    assert_eq!(installed.stored().await.state, State::Disabled { why: Why::Failed, since });
    assert_eq!(installed.messages().len(), sent + 1);
    let mails = driftwood.mail_to(&installed.client.developer.email);
    assert!(mails.last().is_some_and(|mail| mail.text.contains("five days")), "its maker is told");
    driftwood.event(&alice, order(3)).await;
    driftwood.advance(6 * 3_600);
    installed.run().await;
    assert_eq!((installed.messages().len(), installed.waiting().await), (sent + 1, 0));
}
