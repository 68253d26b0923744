//! Receivers that do not take events, and what it means for others.

use serde_json::json;
use shared::domain::webhook::failing::Failing;

use super::{HOST, Installed, PATH};
use crate::harness::{Served, TestServer};

#[tokio::test]
async fn what_a_receiver_refuses_is_sent_again_with_the_same_id_until_it_is_taken() {
    let installed = Installed::start().await;
    installed.receiver.put(PATH, Served::text("").status(500));
    let event = installed.order(1).await;
    for _ in 0..4 {
        let failing: Failing = installed.stored().await.failing.expect("it fails");
        installed.driftwood.advance(installed.driftwood.clock.now().until(failing.next_at).as_secs());
        installed.run().await;
    }
    assert_eq!(installed.messages().len(), 5);
    installed.receiver.put(PATH, Served::text("").status(200));
    installed.driftwood.advance(600);
    installed.run().await;
    let messages = installed.messages();
    assert_eq!((messages.len(), installed.waiting().await, installed.stored().await.failing), (6, 0, None));
    let ids: Vec<_> = messages.iter().map(|message| message.headers["webhook-id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == event["id"].as_str().unwrap()));
    let times: std::collections::BTreeSet<_> =
        messages.iter().map(|message| message.headers["webhook-timestamp"].clone()).collect();
    assert_eq!(times.len(), 6, "each attempt has its own time");
}

#[tokio::test]
async fn a_receiver_that_fails_costs_one_attempt_and_not_one_for_each_event() {
    let installed = Installed::start().await;
    installed.receiver.put(PATH, Served::text("").status(503));
    for number in 1..=20 {
        installed.order(number).await;
    }
    assert_eq!((installed.messages().len(), installed.waiting().await), (1, 20));
    // When it is back, everything arrives.
    installed.receiver.put(PATH, Served::text("").status(204));
    installed.driftwood.advance(60);
    installed.run().await;
    let mut arrived = installed.numbers()[1..].to_vec();
    arrived.sort_unstable();
    assert_eq!((arrived, installed.waiting().await), ((1..=20).collect(), 0));
}

#[tokio::test]
async fn redirects_are_no_answer_and_are_not_followed() {
    let installed = Installed::start().await;
    installed.receiver.put(PATH, Served::text("").status(307).header("location", &format!("{HOST}/elsewhere")));
    installed.order(1).await;
    assert_eq!((installed.waiting().await, installed.receiver.requests("/elsewhere").len()), (1, 0));
}

#[tokio::test]
async fn addresses_inside_of_a_network_are_refused_when_they_are_used() {
    // Without a map, the name is looked up, and leads to no public address.
    let driftwood = TestServer::start().await;
    let client = driftwood.client(json!({
        "name": "Order Watch", "redirect_uris": ["https://watch.example/cb"],
        "token_endpoint_auth_method": "none", "scopes": ["openid", "event_read"],
    }));
    let client = client.await;
    let id = driftwood.webhook(&client, "https://nowhere.example/webhooks", &["*"]).await;
    let (_, alice) = driftwood.installs(&client, "openid event_read").await;
    driftwood.event(&alice, crate::events::order(1)).await;
    let store = &driftwood.server.apps["webhooks-send"].stores.webhooks;
    let attempts = store.attempts(id, None, 20).await.expect("the attempts");
    let outcome = serde_json::to_value(&attempts[0].outcome).unwrap();
    assert_eq!(outcome["is"], "unreachable", "{outcome}");
}

#[tokio::test]
async fn a_receiver_that_is_slow_to_answer_delays_no_other() {
    let installed = Installed::start().await;
    let (driftwood, receiver) = (&installed.driftwood, &installed.receiver);
    driftwood.webhook(&installed.client, &format!("{HOST}/slow"), &["order.*"]).await;
    for path in [PATH, "/slow"] {
        receiver.put(path, Served::text("").status(503));
    }
    for number in 1..=40 {
        installed.order(number).await;
    }
    for path in [PATH, "/slow"] {
        receiver.put(path, Served::text("").status(204));
    }
    let slow = receiver.hold("/slow");
    driftwood.advance(60);
    receiver.forget();
    let others = async {
        receiver.has_got(PATH, 40).await;
        assert_eq!(receiver.requests("/slow").len(), 2, "it has as many as one receiver gets at once");
        slow.release();
    };
    futures_util::join!(installed.run(), others);
    assert_eq!((receiver.requests("/slow").len(), installed.waiting().await), (40, 0));
}

#[tokio::test]
async fn one_dead_receiver_among_a_hundred_webhooks_delays_no_other() {
    let installed = Installed::start().await;
    let driftwood = &installed.driftwood;
    let mut paths = Vec::new();
    for app in 0..10 {
        let client = driftwood
            .client(json!({
                "name": format!("App {app}"), "redirect_uris": ["https://watch.example/cb"],
                "token_endpoint_auth_method": "none", "scopes": ["openid", "event_read"],
            }))
            .await;
        for webhook in 0..10 {
            let path = format!("/app-{app}/{webhook}");
            let served = Served::text("").status(if (app, webhook) == (3, 7) { 500 } else { 204 });
            installed.receiver.put(&path, served);
            driftwood.webhook(&client, &format!("{HOST}{path}"), &["order.*"]).await;
            paths.push(path);
        }
        let visitor = driftwood.visitor();
        visitor
            .sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &installed.email, crate::harness::PASSWORD)
            .await;
        let answer = visitor.approve(&client, &[("scope", "openid event_read")]).await;
        client.exchange(driftwood, answer.code()).await.json();
    }
    for number in 1..=3 {
        installed.order(number).await;
    }
    let arrived = |path: &String| installed.receiver.requests(path).len();
    let expected = |path: &str| if path == "/app-3/7" { 1 } else { 3 };
    for path in &paths {
        assert_eq!(arrived(path), expected(path), "{path}");
    }
    assert_eq!(installed.waiting().await, 3);
}
