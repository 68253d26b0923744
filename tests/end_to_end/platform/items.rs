//! The items of the tables keep the names of their attributes, because deployed tables have items with those names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use local::MailTrouble;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Alice, DocumentServer, Forged, JWT_BEARER, OPERATED, Signer, TestServer, documents_of};
use crate::{deletion, management};

/// What each kind of item has, as deployed tables have it: the table, the kind, and the attributes.
const KEPT: &str = include_str!("items.txt");

/// Every table.
pub const TABLES: [&str; 11] = [
    "Users",
    "Apps",
    "RefreshTokens",
    "Authorizations",
    "Limits",
    "Keys",
    "Contacts",
    "Events",
    "Audit",
    "Mail",
    "Webhooks",
];

/// What the two keys of an item begin with: its kind.
pub fn kind(item: &HashMap<String, AttributeValue>) -> String {
    let [partition, sort] = ["pk", "sk"].map(|name| item[name].as_s().expect("a string").split('#').next().unwrap());
    format!("{partition} {sort}")
}

/// A line for each kind of item, with its attributes; of maps inside of it, their names too.
async fn forms(driftwood: &TestServer) -> Vec<String> {
    let mut forms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for table in TABLES {
        for item in driftwood.items(table).await {
            let attributes = forms.entry(format!("{table} {}", kind(&item))).or_default();
            for (name, value) in &item {
                attributes.insert(name.clone());
                let inside =
                    value.as_m().into_iter().flat_map(|map| map.keys()).map(|inside| format!("{name}.{inside}"));
                // Free names are data.
                attributes.extend(inside.filter(|_| !["attributes", "data", "resources"].contains(&name.as_str())));
            }
        }
    }
    forms
        .into_iter()
        .map(|(kind, names)| format!("{kind}: {}", names.into_iter().collect::<Vec<_>>().join(" ")))
        .collect()
}

/// A server with one item of each kind.
pub async fn one_of_each() -> Forged {
    // It takes nothing.
    let receiver = DocumentServer::start().await;
    let fetch_map = documents_of(&[("https://receiver.example", &receiver)]);
    let options = local::Options { fetch_map, ..local::Options::default() };
    let parameters = [OPERATED, ("Resources", "https://api.example.com Example")];
    let forged = Forged::start_as(options, &parameters).await;
    let driftwood = &forged.driftwood;
    let client = driftwood.spa().await;
    // A user of the second generation, who has had another address.
    let owned = driftwood.alice().await;
    let owner = crate::ownership::owner_resets(driftwood, &owned.email).await;
    driftwood.key_of(&owner, "Backup").await;
    driftwood.program(&owner, json!({"name": "Job"})).await;
    let registered = json!({"client_name": "Registered", "grant_types": ["client_credentials"]});
    let path = crate::registration::REGISTER;
    let reply = crate::registration::manage(driftwood, &owner.access_token, Method::POST, path, &registered).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let browser = crate::keys::browser(driftwood, &owner.email, crate::recovery::NEW).await;
    browser.approve(&client, &[]).await;
    browser.approve(&client, &[("resource", "https://api.example.com")]).await;
    let moved = json!({"new_email": "moved@example.com", "password": crate::recovery::NEW});
    driftwood.post_as(&owner.access_token, "auth-change-email", moved).await.result();
    let link = crate::recovery::last_token(driftwood, "moved@example.com", crate::recovery::CONFIRM);
    crate::recovery::confirm(driftwood, &owner, &link).await.result();
    // Mail that cannot be sent stays in its table.
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 100);
    // A deletion that can be undone.
    let data = deletion::data_app(driftwood).await;
    let (_, token) = deletion::delegated(driftwood, &data, "openid gdpr_write").await;
    driftwood.post_as(&token, "users-delete", json!({})).await.result();
    // An attempt that is open, and a link that waits for the user to prove that the address is theirs.
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let mut claims = forged.claims(&asked, "alice");
    claims["email"] = json!(alice.email);
    forged.vouch(&claims);
    forged.come_back(&visitor, &asked).await;
    // Everything that a user can have, and each kind of request that waits.
    let user = deletion::full_user(driftwood, &client).await;
    user.browser.authorize(&client, &[("prompt", "consent")]).await;
    assert_eq!(client.push(driftwood, &[]).await.status, 201);
    let access = user.delegated["access_token"].as_str().unwrap();
    assert_eq!(client.revoke(driftwood, access).await.status, 200);
    let television = driftwood.television().await;
    let codes = television.ask(driftwood).await;
    television.poll(driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    user.browser.connect(&codes).await;
    let operator = driftwood.operator().await;
    driftwood.import(&operator, &[json!({"import_id": "1", "email": "imported@example.com"})]).await.result();
    let signer = Signer::es256("1");
    let machine = driftwood.signing_client(&signer, ("jwks", signer.jwks())).await;
    let assertion = signer.assertion(&machine.app.client_id, &driftwood.server.url, driftwood.clock.now());
    let form = format!("grant_type=client_credentials&client_assertion_type={JWT_BEARER}&client_assertion={assertion}");
    driftwood.form("/oauth2/token", &[], &form).await;
    an_event_that_waits(driftwood, &owner).await;
    drop((visitor, user, browser));
    forged
}

/// An event and a test that a webhook's receiver does not take.
async fn an_event_that_waits(driftwood: &TestServer, owner: &Alice) {
    let settings =
        json!({"name": "Receiver", "redirect_uris": ["https://app.example/cb"], "scopes": ["openid", "event_read"]});
    let client = driftwood.client(settings).await;
    let webhooks = format!("{}/{}/webhooks", management::APPS, client.app.id);
    let send = |path: String, body| {
        let token = &client.developer.access_token;
        async move { management::call(driftwood, token, Method::POST, &path, body).await }
    };
    let body = json!({"url": "https://receiver.example/driftwood", "types": ["*"]});
    let webhook = send(webhooks.clone(), body).await.json();
    let webhook = format!("{webhooks}/{}", webhook["id"].as_str().unwrap());
    let test = send(format!("{webhook}/test"), json!({})).await.json();
    assert_eq!(send(format!("{webhook}/resend"), json!({"message_id": test["id"]})).await.status, 202);
    driftwood.advance(5);
    let browser = crate::keys::browser(driftwood, "moved@example.com", crate::recovery::NEW).await;
    browser.approve(&client, &[("scope", "openid event_read")]).await;
    driftwood.event(owner, crate::events::order(1)).await;
    crate::events::faults::of_two_at_once_the_first_is_late(driftwood, owner, || {}).await;
}

#[tokio::test]
async fn every_kind_of_item_keeps_the_names_of_its_attributes() {
    let forged = one_of_each().await;
    assert_eq!(forms(&forged.driftwood).await, KEPT.lines().collect::<Vec<_>>());
}
