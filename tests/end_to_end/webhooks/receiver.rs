//! The receiver of `cargo run`: it verifies what is sent to its host, and shows it at `/dev/webhooks`.

use http::HeaderMap;
use local::{RECEIVER, WEBHOOKS};
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::webhook::secret::Secrets;
use shared::domain::webhook::{State, Webhook, WebhookId, Why};
use shared::fault::Fault;
use standardwebhooks::Webhook as Library;

use crate::events::order;
use crate::harness::{Alice, Client, TestServer};

/// A server without another receiver, an app with a webhook to the one of this machine, and a user who installed it.
struct OnALaptop {
    driftwood: TestServer,
    client: Client,
    webhook: WebhookId,
    alice: Alice,
}

impl OnALaptop {
    async fn start(path: &str) -> Self {
        let driftwood = TestServer::start().await;
        let (client, webhook, alice) = installed(&driftwood, path).await;
        Self { driftwood, client, webhook, alice }
    }

    /// The messages, the newest first.
    async fn messages(&self, query: &str) -> Vec<Value> {
        let answer = self.driftwood.get(&format!("{WEBHOOKS}.json{query}")).await.json();
        answer["messages"].as_array().expect("messages").clone()
    }

    /// The mistakes of the messages, the newest first; empty for one that is verified.
    async fn mistakes(&self) -> Vec<String> {
        let messages = self.messages("").await;
        assert!(messages.iter().all(|message| message["verified"] == message["mistake"].is_null()));
        messages.iter().map(|message| message["mistake"].as_str().unwrap_or_default().to_owned()).collect()
    }

    async fn library(&self, secrets: Secrets) -> Library {
        let key = self.driftwood.server.apps["webhooks-send"].keys.webhook().await.expect("the key");
        Library::new(key.secret(self.webhook, secrets).expose()).expect("a secret")
    }

    fn now(&self) -> i64 {
        self.driftwood.clock.now().as_seconds()
    }

    /// Posts a message as anything but the server could.
    async fn posts(&self, url: &str, headers: HeaderMap, body: &'static str) {
        let url = url.parse().expect("an address");
        let posted = self.driftwood.server.internet.post(&url, headers, body.into()).await.expect("an answer");
        assert_eq!((posted.status, posted.body.len()), (204, 0));
    }

    async fn stored(&self) -> Webhook {
        let store = &self.driftwood.server.apps["webhooks-send"].stores.webhooks;
        let mut webhooks = store.of_app(self.client.app_id()).await.expect("the webhooks");
        webhooks.pop().expect("the webhook")
    }
}

/// An app with a webhook to this path of the receiver, and a user who installed it.
async fn installed(driftwood: &TestServer, path: &str) -> (Client, WebhookId, Alice) {
    let client = driftwood
        .client(json!({
            "name": "Order Watch", "redirect_uris": ["https://watch.example/cb"],
            "token_endpoint_auth_method": "none", "scopes": ["openid", "event_read"],
        }))
        .await;
    let webhook = driftwood.webhook(&client, &format!("{RECEIVER}{path}"), &["order.*"]).await;
    let (_, alice) = driftwood.installs(&client, "openid event_read").await;
    (client, webhook, alice)
}

fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let named = [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
    named.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

#[tokio::test]
async fn an_event_arrives_verified_without_leaving_the_machine() {
    let laptop = OnALaptop::start("/driftwood?from=orders").await;
    let driftwood = &laptop.driftwood;
    let empty = driftwood.get(WEBHOOKS).await.text;
    let first = format!("HOST={}\ntake() {{", driftwood.server.url);
    assert!(empty.contains("No message yet") && empty.contains(&first) && empty.contains("$WEBHOOK/test"), "{empty}");
    let event = driftwood.event(&laptop.alice, order(17)).await;

    let [message] = laptop.messages("").await.try_into().expect("one message");
    let account = laptop.alice.claims()["account_id"].clone();
    for (name, expected) in [
        ("url", json!("https://receiver.example/driftwood?from=orders")),
        ("type", json!("order.placed")),
        ("account_id", account.clone()),
        // After the registration and the installation.
        ("sequence", json!(3)),
        ("verified", json!(true)),
        ("mistake", Value::Null),
        ("status", json!(204)),
        ("received_at", json!(driftwood.clock.now().to_rfc3339())),
    ] {
        assert_eq!(message[name], expected, "{name}");
    }
    let header = |name: &str| message["headers"][name].as_str().expect(name).to_owned();
    assert_eq!(header("webhook-id"), event["id"].as_str().expect("an id"));
    // A program can verify the text, byte for byte.
    let headers = headers(&header("webhook-id"), &header("webhook-timestamp"), &header("webhook-signature"));
    let body = message["body"].as_str().expect("a body");
    laptop.library(Secrets::default()).await.verify(body.as_bytes(), &headers).expect("a signature");

    let page = driftwood.get(WEBHOOKS).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    for shown in ["order.placed", "/driftwood?from=orders", account.as_str().unwrap(), "Verified", "1 message"] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    assert!(driftwood.get("/").await.text.contains("href=\"/dev/webhooks\""));
}

#[tokio::test]
async fn what_cannot_be_verified_is_shown_with_its_mistake_and_escaped() {
    const BODY: &str = "{\"type\": \"order.placed\"}";
    const URL: &str = "https://receiver.example/driftwood";
    let laptop = OnALaptop::start("/driftwood").await;
    let (library, now) = (laptop.library(Secrets::default()).await, laptop.now());
    let signed = |at: i64| headers("m1", &at.to_string(), &library.sign("m1", at, BODY.as_bytes()).unwrap());
    let mut expected = Vec::new();
    let mut expects = |mistake: &'static str| expected.push(mistake);
    for at in [now - 300, now + 300] {
        laptop.posts(URL, signed(at), BODY).await;
        expects("");
    }
    for at in [now - 301, now + 301] {
        laptop.posts(URL, signed(at), BODY).await;
        expects("its webhook-timestamp is more than five minutes away");
    }
    laptop.posts(URL, signed(now), "{\"type\":\"order.placed\"}").await;
    expects("it is not signed by every current secret of a webhook with this address");
    laptop.posts(URL, headers("m2", &now.to_string(), signed(now)["webhook-signature"].to_str().unwrap()), BODY).await;
    expects("it is not signed by every current secret of a webhook with this address");
    laptop.posts("https://receiver.example/elsewhere", signed(now), BODY).await;
    expects("no webhook has this address");
    laptop.posts(URL, HeaderMap::new(), "<script>alert(1)</script>").await;
    expects("it has no header webhook-id");
    expected.reverse();
    assert_eq!(laptop.mistakes().await, expected);
    let page = laptop.driftwood.get(WEBHOOKS).await.text;
    assert!(page.contains("Not verified: no webhook has this address"));
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert(1)"));
}

#[tokio::test]
async fn for_a_day_after_a_rotation_a_message_needs_both_signatures() {
    let laptop = OnALaptop::start("/driftwood").await;
    let (driftwood, at) = (&laptop.driftwood, laptop.driftwood.clock.now());
    let rotate = |webhooks: Vec<Webhook>| {
        let rotated = webhooks.into_iter().map(|webhook| Webhook { secrets: webhook.secrets.rotated(at), ..webhook });
        Ok::<_, Fault>(Some(rotated.collect()))
    };
    let store = &driftwood.server.apps["webhooks-send"].stores.webhooks;
    store.change(laptop.client.app_id(), at, rotate).await.expect("a change");
    driftwood.event(&laptop.alice, order(1)).await;
    let present = laptop.library(Secrets::default().rotated(at)).await;
    let by_the_present = || {
        let (now, body) = (laptop.now(), "{}");
        (headers("m1", &now.to_string(), &present.sign("m1", now, body.as_bytes()).unwrap()), body)
    };
    let (headers, body) = by_the_present();
    laptop.posts("https://receiver.example/driftwood", headers, body).await;
    driftwood.advance(86_400);
    let (headers, body) = by_the_present();
    laptop.posts("https://receiver.example/driftwood", headers, body).await;
    assert_eq!(
        laptop.mistakes().await,
        ["", "it is not signed by every current secret of a webhook with this address", ""]
    );
}

#[tokio::test]
async fn a_path_with_a_status_shows_a_developer_what_a_failure_is() {
    let laptop = OnALaptop::start("/status/503").await;
    laptop.driftwood.event(&laptop.alice, order(1)).await;
    assert_eq!(laptop.stored().await.failing.map(|failing| failing.failures), Some(1));
    laptop.driftwood.advance(5);
    laptop.driftwood.server.run("webhooks-send").await.expect("a run");
    let messages = laptop.messages("").await;
    let [again, first] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(again["headers"]["webhook-id"], first["headers"]["webhook-id"]);
    assert!(messages.iter().all(|message| message["status"] == 503 && message["verified"] == true));

    let laptop = OnALaptop::start("/status/410").await;
    laptop.driftwood.event(&laptop.alice, order(1)).await;
    let since = laptop.driftwood.clock.now();
    assert_eq!(laptop.stored().await.state, State::Disabled { why: Why::Gone, since });
}

#[tokio::test]
async fn the_last_thousand_messages_are_stored() {
    let laptop = OnALaptop::start("/driftwood").await;
    for number in 0..=1_000 {
        laptop.posts(&format!("https://receiver.example/{number}"), HeaderMap::new(), "").await;
    }
    let messages = laptop.messages("").await;
    let ends = [&messages[0]["url"], &messages[999]["url"]];
    assert_eq!(
        (messages.len(), ends),
        (1_000, [&json!("https://receiver.example/1000"), &json!("https://receiver.example/1")])
    );
    assert_eq!(laptop.messages("?path=/17").await.len(), 1);
    assert_eq!(laptop.messages("?path=/0").await.len(), 0);
}

#[tokio::test]
async fn other_hosts_ports_and_schemes_are_not_its_own() {
    let laptop = OnALaptop::start("/driftwood").await;
    for url in [
        "http://receiver.example/driftwood",
        "https://receiver.example:8443/driftwood",
        "https://www.receiver.example/driftwood",
        "https://receiver.example.invalid/driftwood",
    ] {
        let url = url.parse().unwrap();
        laptop.driftwood.server.internet.post(&url, HeaderMap::new(), "".into()).await.expect_err("no such host");
    }
    assert_eq!(laptop.messages("").await, [Value::Null; 0]);
}

#[tokio::test]
async fn messages_of_two_apps_to_one_address_are_both_verified() {
    let laptop = OnALaptop::start("/driftwood").await;
    let (_, _, bob) = installed(&laptop.driftwood, "/driftwood").await;
    for user in [&laptop.alice, &bob] {
        laptop.driftwood.event(user, order(1)).await;
    }
    assert_eq!(laptop.mistakes().await, ["", ""]);
}

#[tokio::test]
async fn only_names_of_this_machine_lead_to_the_messages() {
    let laptop = OnALaptop::start("/driftwood").await;
    laptop.driftwood.event(&laptop.alice, order(1)).await;
    for path in [WEBHOOKS, "/dev/webhooks.json"] {
        assert_eq!(laptop.driftwood.get(path).await.status, 200, "{path}");
        let rebound = laptop.driftwood.send(Method::GET, path, &[("host", "rebound.example")], "").await;
        rebound.refused(404, "not_found");
        laptop.driftwood.send(Method::POST, path, &[], "").await.refused(404, "not_found");
    }
    for path in ["/dev/webhooks/1", "/dev/webhooks/", "/dev/webhooks.html", "/dev/webhook"] {
        laptop.driftwood.get(path).await.refused(404, "not_found");
    }
}
