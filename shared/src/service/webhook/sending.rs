//! Sending events to webhooks, by the rules of Standard Webhooks.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_recursion::async_recursion as boxed;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::disabling::disable;
use super::queueing::is_end_of_consent;
use crate::app::App;
use crate::domain::client::id::{AppId, ClientId};
use crate::domain::delivery::{Backoff, Work};
use crate::domain::event::Event;
use crate::domain::event::built_in::BuiltIn;
use crate::domain::event::message::EventMessage;
use crate::domain::event::reader::Reader;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::webhook::api_version::ApiVersion;
use crate::domain::webhook::attempt::{Attempt, AttemptId, Outcome};
use crate::domain::webhook::delivery::{Delivery, Message, MessageId};
use crate::domain::webhook::failing::Failing;
use crate::domain::webhook::secret::SignedHeaders;
use crate::domain::webhook::{State, Webhook, WebhookId, Why, with_change};
use crate::fault::Fault;
use crate::fetch::post::{PostMessage, Posted};
use crate::service::delivery::{Deliver, Slot, Terms};
use crate::store::{Load, Loaded};

/// How webhooks are delivered. Each receiver is a service of its own, so no number of failures ends a run.
pub const TERMS: Terms = Terms {
    what: "webhook",
    at_once: 16,
    attempt: Duration::from_secs(15),
    claim: Duration::from_secs(120),
    backoff: Backoff { first: Duration::from_secs(5), longest: Duration::from_secs(6 * 3_600) },
    busy: Duration::from_secs(5),
    patience: usize::MAX,
};
/// How long a receiver may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How many events one webhook is sent at the same time by one run, so that a slow receiver leaves room for the others.
const OF_ONE: usize = 2;

/// The reason that the last attempt has of what is given up.
const GIVEN_UP: &str = "it was given up, because its receiver failed for too long";

/// The type of the message that a maker asks for to test a webhook.
pub const TEST: &str = "webhook.test";

/// Sends what waits.
pub struct Sender<'a> {
    app: &'a App,
    post: &'a dyn PostMessage,
    busy: Mutex<HashMap<WebhookId, usize>>,
}

/// A message that is ready to be sent.
struct Ready {
    webhook: Webhook,
    id: MessageId,
    kind: String,
    body: Vec<u8>,
}

/// A webhook's slot that is taken.
struct Taken<'s> {
    busy: &'s Mutex<HashMap<WebhookId, usize>>,
    webhook: WebhookId,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.busy.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&self.webhook) {
            *count = count.saturating_sub(1);
        }
    }
}

impl<'a> Sender<'a> {
    /// A sender for one run.
    pub fn new(app: &'a App, post: &'a dyn PostMessage) -> Self {
        Self { app, post, busy: Mutex::default() }
    }

    fn busy(&self) -> MutexGuard<'_, HashMap<WebhookId, usize>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn attempt(&self, work: &Work<Delivery>) -> Result<(), Fault> {
        let Delivery { webhook_id, app_id, .. } = work.task;
        let Some(ready) = prepare(self.app, work).await? else { return Ok(()) };
        let now = self.app.clock.now();
        if ready.webhook.failing.is_some_and(|failing| now < failing.next_at) {
            return Err(Fault::broken("its receiver failed before, and is tried again later"));
        }
        let (outcome, milliseconds) = self.send(&ready, now).await?;
        let is_taken = outcome.is_taken();
        let why = described(&outcome);
        let is_gone = matches!(outcome, Outcome::Answered { status: 410, .. });
        if let Err(fault) = self.record(&work.task, &ready, outcome, milliseconds, now).await {
            tracing::warn!(webhook = %webhook_id, cause = %fault, "an attempt could not be recorded");
        }
        if is_taken {
            if ready.webhook.failing.is_some() {
                self.change(app_id, webhook_id, now, |webhook| Webhook { failing: None, ..webhook }).await?;
            }
            return Ok(());
        }
        if is_gone {
            disable(self.app, app_id, webhook_id, Why::Gone, now).await?;
            return Ok(());
        }
        let failing = Failing::after(ready.webhook.failing, now);
        if failing.is_final(now) {
            disable(self.app, app_id, webhook_id, Why::Failed, now).await?;
            return Ok(());
        }
        let failing = Some(failing);
        self.change(app_id, webhook_id, now, |webhook| Webhook { failing, ..webhook }).await?;
        Err(Fault::broken(why))
    }

    /// Records what came of an attempt, with what its maker needs to send the message again.
    async fn record(
        &self,
        delivery: &Delivery,
        ready: &Ready,
        outcome: Outcome,
        milliseconds: u32,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let attempt = Attempt {
            id: AttemptId::generate(now),
            message_id: ready.id,
            kind: ready.kind.clone(),
            at: now,
            milliseconds,
            outcome,
            message: Some(delivery.message.clone()),
            is_resent: delivery.resends.is_some(),
        };
        self.app.stores.webhooks.record(delivery.webhook_id, &attempt).await
    }

    async fn send(&self, ready: &Ready, now: Timestamp) -> Result<(Outcome, u32), Fault> {
        let key = self.app.keys.webhook().await?;
        let Webhook { id, secrets, url, .. } = &ready.webhook;
        let headers = headers(&key.sign(*id, *secrets, &ready.id.to_string(), &ready.body, now))?;
        let began = Instant::now();
        let posting = self.post.post(url.as_url(), headers, Bytes::copy_from_slice(&ready.body));
        let outcome = match tokio::time::timeout(ANSWER, posting).await {
            Ok(Ok(Posted { status, body })) => Outcome::Answered { status, body: first_of(&body) },
            Ok(Err(error)) => Outcome::Unreachable { reason: error.reason().to_owned() },
            Err(_) => Outcome::Unreachable { reason: format!("it took longer than {} s", ANSWER.as_secs()) },
        };
        Ok((outcome, u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX)))
    }

    /// Changes one webhook; one that was deleted meanwhile stays so.
    async fn change(
        &self,
        app: AppId,
        id: WebhookId,
        now: Timestamp,
        next: impl Fn(Webhook) -> Webhook + Send + Sync,
    ) -> Result<(), Fault> {
        let next = |webhooks: Vec<Webhook>| {
            let after = with_change(&webhooks, id, &next);
            Ok::<_, Fault>((after != webhooks).then_some(after))
        };
        self.app.stores.webhooks.change(app, now, next).await.map(drop)
    }
}

impl Deliver<Delivery> for Sender<'_> {
    fn slot(&self, work: &Work<Delivery>) -> Option<Slot<'_>> {
        let mut busy = self.busy();
        let count = busy.entry(work.task.webhook_id).or_default();
        if *count == OF_ONE {
            return None;
        }
        *count += 1;
        Some(Box::new(Taken { busy: &self.busy, webhook: work.task.webhook_id }))
    }

    fn deliver<'s>(&'s self, work: &'s Work<Delivery>) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(self.attempt(work))
    }

    /// Records it as an attempt: what waited for a receiver that failed may never have been attempted.
    fn give_up<'s>(&'s self, work: &'s Work<Delivery>) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(async move {
            let Some(ready) = prepare(self.app, work).await? else { return Ok(()) };
            let outcome = Outcome::Unreachable { reason: GIVEN_UP.to_owned() };
            self.record(&work.task, &ready, outcome, 0, self.app.clock.now()).await
        })
    }
}

/// The message for a webhook, if it is still to be sent: the app is not revoked, the webhook gets events, the user's consent is
/// valid, and the event is there. All of it is read in one call.
#[boxed]
async fn prepare(app: &App, work: &Work<Delivery>) -> Result<Option<Ready>, Fault> {
    let Delivery { webhook_id, app_id, message, resends } = &work.task;
    let load = Load { client: Some(ClientId::Registered(*app_id)), webhooks: true, ..Load::default() };
    let load = match message {
        Message::Event { account_id, user_id, sequence } => {
            Load { user: Some(*user_id), consent: true, event: Some((*account_id, *sequence)), ..load }
        }
        Message::Test { .. } => load,
    };
    let loaded = app.load(load).await?;
    if loaded.client.as_ref().is_none_or(|client| client.revoked_at.is_some()) {
        return Ok(None);
    }
    let is_enabled = |webhook: &&Webhook| webhook.id == *webhook_id && webhook.state == State::Enabled;
    let Some(webhook) = loaded.webhooks.iter().find(is_enabled).cloned() else { return Ok(None) };
    match message {
        Message::Event { .. } => event(app, webhook, &loaded),
        Message::Test { account_id } => {
            let id = resends.unwrap_or_else(|| MessageId::from_bytes(*work.id.as_bytes()));
            Ok(Some(test(webhook, id, *account_id)))
        }
    }
}

/// An event, if the app may see it now: from the moment at which the user's consent was withdrawn, nothing is sent but that.
fn event(app: &App, webhook: Webhook, loaded: &Loaded) -> Result<Option<Ready>, Fault> {
    let Some(placed) = loaded.event.as_ref().filter(|placed| is_seen(app, loaded, &placed.event)) else {
        return Ok(None);
    };
    let body = match webhook.api_version {
        ApiVersion::V2026_11_29 => serde_json::to_vec(&EventMessage::from(placed)).map_err(Fault::broken)?,
    };
    let id = MessageId::from_bytes(*placed.event.id.as_bytes());
    let kind = placed.event.kind.as_str().to_owned();
    Ok(Some(Ready { webhook, id, kind, body }))
}

/// Whether an app is told of an event: the app is live, and the user's consent to it is valid. Where the event is what ended
/// either, that is not asked.
fn is_seen(app: &App, loaded: &Loaded, event: &Event) -> bool {
    let Some(client) = loaded.live_client(app.clock.now()) else { return false };
    if is_end_of_consent(event) {
        return event.client_id.as_ref() == Some(&client.client_id);
    }
    let outlives = BuiltIn::named(event.kind.as_str()).is_some_and(BuiltIn::outlives_the_user);
    let user = loaded.user.as_ref().filter(|user| user.is_enabled() || outlives);
    user.zip(loaded.consent.as_ref()).is_some_and(|(user, consent)| {
        // A scope that the app lost since is lost to its webhooks, as to its tokens.
        let scopes = consent.scopes.intersection(&client.grantable_scopes(&app.config.scopes));
        let reader = Reader { client_id: &client.client_id, scopes: &scopes };
        consent.is_to_app(user, &client.client_id, &client.identity()) && reader.sees(event)
    })
}

fn test(webhook: Webhook, id: MessageId, account: AccountId) -> Ready {
    let account = account.to_string();
    let body = json!({
        "id": id,
        "type": TEST,
        "orgId": account,
        "account_id": account,
        "occurred_at": id.generated_at().to_rfc3339(),
        "data": {},
    });
    Ready { webhook, id, kind: TEST.to_owned(), body: body.to_string().into_bytes() }
}

/// The headers of a message.
fn headers(signed: &SignedHeaders) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let signed = [
        ("webhook-id", &signed.id),
        ("webhook-timestamp", &signed.timestamp),
        ("webhook-signature", &signed.signature),
    ];
    for (name, value) in signed {
        headers.insert(name, HeaderValue::try_from(value.as_str()).map_err(Fault::broken)?);
    }
    Ok(headers)
}

/// The first bytes of an answer, as text.
fn first_of(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(Outcome::LONGEST_BODY).collect()
}

fn described(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered { status, .. } => format!("its receiver answered {status}"),
        Outcome::Unreachable { reason } => reason.clone(),
    }
}
