//! Webhooks: events of accounts that installed an app are sent to the app.

mod built_in;
mod chaos;
mod delivery;
mod endings;
mod failing;
mod faults;
mod many;
mod missing;
mod receiver;
mod resending;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::client::id::{AppId, ClientId};
use shared::domain::user::account::AccountId;
use shared::domain::webhook::attempt::{Attempt, AttemptId, Outcome};
use shared::domain::webhook::delivery::{Message as Sent, MessageId};
use shared::domain::webhook::event_types::EventTypes;
use shared::domain::webhook::url::WebhookUrl;
use shared::domain::webhook::{Webhook, WebhookId};
use shared::fault::Fault;

use crate::harness::{Alice, Client, DocumentServer, PASSWORD, Served, TestServer};

/// Where the app's receiver is; its host is mapped to this machine.
pub const HOST: &str = "https://receiver.example";
const PATH: &str = "/webhooks";

/// A server, an app with a webhook for orders, its receiver, and a user who installed the app.
pub struct Installed {
    pub driftwood: TestServer,
    pub receiver: DocumentServer,
    pub client: Client,
    pub webhook: WebhookId,
    pub email: String,
    pub alice: Alice,
}

/// A message that the receiver got.
#[derive(Debug)]
pub struct Message {
    pub headers: BTreeMap<String, String>,
    pub text: String,
}

impl Message {
    fn of(request: &str) -> Self {
        let (head, body) = request.split_once("\r\n\r\n").expect("a head");
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { headers, text: body.to_owned() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }
}

impl Installed {
    pub async fn start() -> Self {
        let receiver = DocumentServer::start().await;
        receiver.put(PATH, Served::text("").status(204));
        let driftwood = TestServer::start_with_documents(&[(HOST, &receiver)], &[]).await;
        let client = driftwood
            .client(json!({
                "name": "Order Watch", "redirect_uris": ["https://watch.example/cb"],
                "token_endpoint_auth_method": "none", "scopes": ["openid", "event_read", "offline_access"],
            }))
            .await;
        let webhook = driftwood.webhook(&client, &format!("{HOST}{PATH}"), &["order.*"]).await;
        let (email, alice) = driftwood.installs(&client, "openid event_read").await;
        Self { driftwood, receiver, client, webhook, email, alice }
    }

    /// Posts an event of the user's account.
    pub async fn order(&self, number: usize) -> Value {
        self.driftwood.event(&self.alice, crate::events::order(number)).await
    }

    /// The messages that the receiver got, each as the document says.
    pub fn messages(&self) -> Vec<Message> {
        let messages: Vec<_> = self.receiver.requests(PATH).iter().map(|request| Message::of(request)).collect();
        for message in &messages {
            self.driftwood.contract.assert_message(&message.headers, &message.json());
        }
        messages
    }

    /// The numbers of the orders that arrived, as often as they arrived.
    pub fn numbers(&self) -> Vec<u64> {
        self.messages().iter().map(|message| message.json()["data"]["number"].as_u64().expect("a number")).collect()
    }

    /// The webhook as it is stored.
    pub async fn stored(&self) -> Webhook {
        let store = &self.driftwood.server.apps["webhooks-send"].stores.webhooks;
        let webhooks = store.of_app(self.client.app_id()).await.expect("the webhooks");
        webhooks.into_iter().find(|webhook| webhook.id == self.webhook).expect("the webhook")
    }

    /// Sends what is due, as the schedule does every minute.
    pub async fn run(&self) {
        self.driftwood.server.run("webhooks-send").await.expect("a run");
    }

    /// The number of deliveries that wait.
    pub async fn waiting(&self) -> usize {
        self.driftwood.items_of("Webhooks", "due#").await.len()
    }
}

impl Client {
    pub fn app_id(&self) -> AppId {
        ClientId::parse(&self.app.client_id).and_then(|id| id.app_id()).expect("an app's id")
    }
}

impl TestServer {
    /// Gives an app a webhook.
    pub async fn webhook(&self, client: &Client, url: &str, types: &[&str]) -> WebhookId {
        let url = WebhookUrl::parse(url).expect("an address");
        let types = EventTypes::parse(types.iter().copied()).expect("types");
        let now = self.clock.now();
        let new = Webhook::new(url, types, now);
        let id = new.id;
        let next = |webhooks: Vec<Webhook>| Ok::<_, Fault>(Some([webhooks, vec![new.clone()]].concat()));
        let store = &self.server.apps["webhooks-send"].stores.webhooks;
        store.change(client.app_id(), now, next).await.expect("a change");
        id
    }

    /// Records attempts at a webhook, each of a test and in a second of its own.
    pub async fn attempted(&self, webhook: WebhookId, maker: &Alice, count: u64) {
        let account_id = maker.claims()["account_id"].as_str().and_then(AccountId::parse).expect("an account");
        let store = &self.server.apps["webhooks-send"].stores.webhooks;
        for second in 0..count {
            let at = self.clock.now().after(Duration::from_secs(second));
            let attempt = Attempt {
                id: AttemptId::generate(at),
                message_id: MessageId::generate(at),
                kind: "webhook.test".to_owned(),
                at,
                milliseconds: 1,
                outcome: Outcome::Answered { status: 500, body: String::new() },
                message: Some(Sent::Test { account_id }),
                is_resent: false,
            };
            store.record(webhook, &attempt).await.expect("a write");
        }
    }

    /// A new user who installs the app with these scopes; returns their address, and them with a token of their own.
    pub async fn installs(&self, client: &Client, scope: &str) -> (String, Alice) {
        let visitor = self.visitor();
        let email = visitor.signed_up().await;
        let answer = visitor.approve(client, &[("scope", scope)]).await;
        client.exchange(self, answer.code()).await.json();
        let alice = Alice::from(&email, &self.login(&email, PASSWORD).await.result());
        (email, alice)
    }
}
