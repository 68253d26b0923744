//! An app is told by its webhook that it was installed, what happens then, and that it was uninstalled.

use serde_json::{Value, json};

use super::{HOST, Message, PATH};
use crate::harness::{Alice, Client, DocumentServer, OPERATED, PASSWORD, Served, TestServer};

struct Watched {
    driftwood: TestServer,
    receiver: DocumentServer,
    client: Client,
}

impl Watched {
    /// An app with a webhook for everything.
    async fn start() -> Self {
        let receiver = DocumentServer::start().await;
        receiver.put(PATH, Served::text("").status(204));
        let driftwood =
            TestServer::start_with_documents(&[(HOST, &receiver)], &[("DeletionGraceSeconds", "604800"), OPERATED])
                .await;
        let client = driftwood
            .client(json!({
                "name": "Watch", "redirect_uris": ["https://watch.example/cb"], "token_endpoint_auth_method": "none",
                "scopes": ["openid", "event_read", "contact_read"],
            }))
            .await;
        driftwood.webhook(&client, &format!("{HOST}{PATH}"), &["*"]).await;
        Self { driftwood, receiver, client }
    }

    /// The messages that came since the last time.
    fn messages(&self) -> Vec<Value> {
        let messages = self.receiver.requests(PATH).iter().map(|request| Message::of(request).json()).collect();
        self.receiver.forget();
        messages
    }

    fn kinds(&self) -> Vec<String> {
        self.messages().iter().map(|message| message["type"].as_str().unwrap().to_owned()).collect()
    }

    async fn uninstalls(&self, email: &str) {
        let visitor = self.driftwood.visitor();
        visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, email, PASSWORD).await;
        crate::account::disconnect(&visitor, "Watch").await;
    }

    async fn contact(&self, alice: &Alice, email: &str) {
        self.driftwood.post_as(&alice.access_token, "contacts-create", json!({"email": email})).await.result();
    }
}

#[tokio::test]
async fn from_its_installation_to_its_end_an_app_is_told_everything_that_it_may_read() {
    let watched = Watched::start().await;
    let (email, alice) = watched.driftwood.installs(&watched.client, "openid event_read contact_read").await;
    let messages = watched.messages();
    let [installed] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(installed["type"], "app.installed");
    assert_eq!(installed["client_id"], watched.client.app.client_id);
    assert_eq!(installed["data"], json!({"scopes": ["openid", "event_read", "contact_read"]}));

    watched.contact(&alice, "ada@example.com").await;
    watched.driftwood.post_as(&alice.access_token, "users-update", json!({"name": "Alice B."})).await.result();
    assert_eq!(watched.kinds(), ["contact.created"], "the profile is not for it");

    watched.uninstalls(&email).await;
    assert_eq!(watched.kinds(), ["app.uninstalled"]);
    watched.contact(&alice, "grace@example.com").await;
    assert_eq!(watched.kinds(), [""; 0]);
}

#[tokio::test]
async fn an_app_that_may_not_read_events_is_told_nothing_not_even_the_end() {
    let watched = Watched::start().await;
    let (email, alice) = watched.driftwood.installs(&watched.client, "openid contact_read").await;
    watched.contact(&alice, "ada@example.com").await;
    watched.uninstalls(&email).await;
    assert_eq!(watched.kinds(), [""; 0]);
}

#[tokio::test]
async fn another_app_of_the_user_is_not_named() {
    let watched = Watched::start().await;
    let (email, _) = watched.driftwood.installs(&watched.client, "openid event_read").await;
    assert_eq!(watched.kinds(), ["app.installed"]);
    let other = watched.driftwood.spa().await;
    let visitor = watched.driftwood.visitor();
    visitor.sign_in(&visitor.get("/oauth2/authorize/sign-in").await, &email, PASSWORD).await;
    visitor.approve(&other, &[]).await;
    assert_eq!(watched.kinds(), [""; 0]);
}

#[tokio::test]
async fn an_app_is_told_that_its_user_deleted_their_account() {
    let watched = Watched::start().await;
    let (_, alice) = watched.driftwood.installs(&watched.client, "openid event_read").await;
    assert_eq!(watched.kinds(), ["app.installed"]);
    watched.driftwood.mark_verified(&alice).await;
    watched.driftwood.post_as(&alice.access_token, "users-delete", json!({"password": PASSWORD})).await.result();
    assert_eq!(watched.kinds(), ["user.deleted"]);
}

#[tokio::test]
async fn when_everything_in_the_users_name_ends_each_app_is_told() {
    let watched = Watched::start().await;
    let (email, _) = watched.driftwood.installs(&watched.client, "openid event_read").await;
    assert_eq!(watched.kinds(), ["app.installed"]);
    crate::ownership::owner_resets(&watched.driftwood, &email).await;
    assert!(watched.kinds().contains(&"app.uninstalled".to_owned()));
}

#[tokio::test]
async fn an_app_is_told_that_its_user_was_disabled_and_then_nothing() {
    let watched = Watched::start().await;
    let operator = watched.driftwood.operator().await;
    let (_, alice) = watched.driftwood.installs(&watched.client, "openid event_read contact_read").await;
    assert_eq!(watched.kinds(), ["app.installed"]);
    watched.contact(&alice, "ada@example.com").await;
    assert_eq!(watched.kinds(), ["contact.created"]);
    watched.driftwood.post_as(&operator.access_token, "users-disable", json!({"id": alice.user_id})).await.result();
    assert_eq!(watched.kinds(), ["user.disabled"]);
    crate::events::built_in::tells_a_deletion_twice(&watched.driftwood).await;
    watched.driftwood.server.run("webhooks-send").await.expect("a run");
    assert_eq!(watched.kinds(), [""; 0]);
}

#[tokio::test]
async fn a_scope_that_the_app_lost_is_lost_to_its_webhooks() {
    let watched = Watched::start().await;
    let (_, alice) = watched.driftwood.installs(&watched.client, "openid event_read contact_read").await;
    watched.contact(&alice, "ada@example.com").await;
    assert_eq!(watched.kinds(), ["app.installed", "contact.created"]);
    let change = json!({"id": watched.client.app.id, "scopes": ["openid", "event_read"]});
    let developer = &watched.client.developer.access_token;
    watched.driftwood.post_as(developer, "oauth-apps-update", change).await.result();
    watched.contact(&alice, "grace@example.com").await;
    assert_eq!(watched.kinds(), [""; 0]);
    watched.driftwood.event(&alice, crate::events::order(1)).await;
    assert_eq!(watched.kinds(), ["order.placed"]);
}
