//! How an app misses no event (docs/webhooks.md, "Miss no event"), although its receiver crashes between the answer and the store.

use serde_json::{Value, json};

use super::{Installed, Message, PATH};
use crate::harness::{PASSWORD, Served};

/// An app that follows the recipe. What it has taken and not stored is lost in a crash.
struct Recipe<'i> {
    installed: &'i Installed,
    /// The user's token for the app.
    token: String,
    /// What it has stored: events in their order, and the number up to which it has all.
    stored: Vec<Value>,
    up_to: u64,
    /// How many of the messages it has seen.
    seen: usize,
}

impl<'i> Recipe<'i> {
    async fn starts(installed: &'i Installed) -> Self {
        let (driftwood, client) = (&installed.driftwood, &installed.client);
        let visitor = driftwood.visitor();
        visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &installed.email, PASSWORD).await;
        let answer = visitor.approve(client, &[("scope", "openid event_read")]).await;
        let tokens = client.exchange(driftwood, answer.code()).await.json();
        let token = tokens["access_token"].as_str().expect("a token").to_owned();
        let mut recipe = Self { installed, token, stored: Vec::new(), up_to: 0, seen: 0 };
        recipe.reads_on().await;
        recipe
    }

    /// Takes the messages that have arrived.
    async fn takes(&mut self) {
        let arrived = self.arrived();
        for message in arrived {
            self.takes_one(&message).await;
        }
    }

    /// The messages that have arrived since the last look.
    fn arrived(&mut self) -> Vec<Message> {
        let new = self.installed.messages().split_off(self.seen);
        self.seen += new.len();
        new
    }

    async fn takes_one(&mut self, message: &Message) {
        let mut event = message.json();
        let sequence = event["sequence"].as_u64().expect("a number");
        if sequence == self.up_to + 1 {
            for name in ["account_id", "orgId"] {
                event.as_object_mut().expect("an object").remove(name);
            }
            self.stored.push(event);
            self.up_to = sequence;
        } else if sequence > self.up_to {
            self.reads_on().await;
        }
    }

    /// Crashes before it has stored what has arrived.
    fn crashes(&mut self) {
        let lost = self.arrived();
        assert!(!lost.is_empty(), "it has taken something");
    }

    async fn reads_on(&mut self) {
        let mut cursor = json!(self.up_to);
        loop {
            let body = json!({"cursor": cursor, "limit": 10});
            let page = self.installed.driftwood.post_as(&self.token, "events-list", body).await.result();
            let events = page["events"].as_array().expect("events").clone();
            self.up_to = events.last().map_or(self.up_to, |event| event["sequence"].as_u64().expect("a number"));
            self.stored.extend(events);
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                return;
            }
        }
    }

    /// The numbers of the stored orders. All events are stored in their order, without a gap, as they are.
    async fn numbers(&self) -> Vec<u64> {
        let sequences: Vec<_> = self.stored.iter().map(|event| event["sequence"].as_u64().expect("a number")).collect();
        assert_eq!(sequences, (1..=self.up_to).collect::<Vec<_>>());
        let body = json!({"limit": 100});
        let page = self.installed.driftwood.post_as(&self.token, "events-list", body).await.result();
        assert_eq!(json!(self.stored[..]), json!(page["events"].as_array().expect("events")[..self.stored.len()]));
        let orders = self.stored.iter().filter(|event| event["type"] == "order.placed");
        orders.map(|event| event["data"]["number"].as_u64().expect("a number")).collect()
    }
}

#[tokio::test]
async fn an_event_that_was_taken_and_lost_is_read_when_the_next_one_arrives() {
    let installed = Installed::start().await;
    let mut recipe = Recipe::starts(&installed).await;
    installed.order(1).await;
    recipe.takes().await;
    installed.order(2).await;
    recipe.crashes();
    assert_eq!((recipe.numbers().await, installed.waiting().await), (vec![1], 0));
    installed.order(3).await;
    recipe.takes().await;
    assert_eq!(recipe.numbers().await, [1, 2, 3]);
}

#[tokio::test]
async fn a_lost_event_that_no_other_follows_is_read_at_the_next_start() {
    let installed = Installed::start().await;
    let mut recipe = Recipe::starts(&installed).await;
    for number in 1..=35 {
        installed.order(number).await;
    }
    recipe.crashes();
    recipe.reads_on().await;
    assert_eq!(recipe.numbers().await, (1..=35).collect::<Vec<_>>());
}

#[tokio::test]
async fn events_that_overtake_each_other_and_come_twice_are_stored_once_and_in_order() {
    let installed = Installed::start().await;
    let mut recipe = Recipe::starts(&installed).await;
    installed.receiver.put(PATH, Served::text("").status(503));
    for number in 1..=6 {
        installed.order(number).await;
    }
    installed.receiver.put(PATH, Served::text("").status(204));
    installed.driftwood.advance(60);
    installed.run().await;
    let mut messages = recipe.arrived();
    messages.reverse();
    for message in &messages {
        recipe.takes_one(message).await;
    }
    assert_eq!((messages.len(), recipe.numbers().await), (7, (1..=6).collect()));
}

#[tokio::test]
async fn a_message_that_is_ahead_of_an_event_that_is_still_being_stored_is_taken_when_it_comes_again() {
    let installed = Installed::start().await;
    let mut recipe = Recipe::starts(&installed).await;
    installed.order(1).await;
    recipe.takes().await;
    // Another function has taken the next number, and its event never comes.
    installed.driftwood.move_counter(&installed.alice, recipe.up_to + 1).await;
    installed.receiver.put(PATH, Served::text("").status(503));
    installed.order(3).await;
    recipe.takes().await;
    assert_eq!(recipe.numbers().await, [1], "it cannot have everything up to this one, and says so");
    installed.receiver.put(PATH, Served::text("").status(204));
    installed.driftwood.advance(60);
    installed.run().await;
    recipe.takes().await;
    let orders = recipe.stored.iter().filter(|event| event["type"] == "order.placed");
    let numbers: Vec<_> = orders.map(|event| event["data"]["number"].clone()).collect();
    assert_eq!(numbers, [1, 3]);
}

#[tokio::test]
async fn events_of_other_types_are_no_gap_that_stays() {
    let installed = Installed::start().await;
    let mut recipe = Recipe::starts(&installed).await;
    installed.order(1).await;
    let other = json!({"type": "job.finished", "data": {}});
    installed.driftwood.event(&installed.alice, other).await;
    installed.order(2).await;
    installed.order(3).await;
    recipe.takes().await;
    assert_eq!((installed.messages().len(), recipe.numbers().await), (3, vec![1, 2, 3]));
}
