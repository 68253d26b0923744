//! `POST /v2/event`: an integration reports an event in the caller's account.

use std::sync::Arc;

use lambda_http::http::{HeaderName, StatusCode};
use shared::app::App;
use shared::domain::actor::Actor;
use shared::domain::event::idempotency::{Idempotency, IdempotencyKey};
use shared::domain::event::{Event, EventData, EventId, EventType, PlacedEvent};
use shared::domain::oauth::scope::Scope;
use shared::domain::types::timestamp::Timestamp;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::error::resource::ResourceError;
use shared::http::view::event::EventView;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::store::EventAdded;

/// Marks a response that repeats that of an earlier request with the same idempotency key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Appends the event to those of the account. The same request with the same idempotency key returns the same event.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let caller = Caller::authenticate(&app, &request).await?;
    caller.require(&app, Scope::EVENT_WRITE).await?;
    let (now, quotas) = (app.clock.now(), caller.quotas(&app));
    let (event, once) = parse(&request, &caller.actor(), now)?;
    match app.stores.events.add(event, once.as_ref(), Some(quotas)).await? {
        EventAdded::Done(placed) => Ok(created(&placed)),
        EventAdded::Repeated(placed) => {
            let mut response = created(&placed);
            reply::set(&mut response, REPLAYED, "true");
            Ok(response)
        }
        EventAdded::QuotaReached(quota) => Err(ApiError::daily_quota_exceeded(quota, quotas, now).into()),
        EventAdded::KeyReused => {
            let message = "Another request was sent with this Idempotency-Key; each request needs its own";
            Err(ApiError::new(ApiCode::IdempotencyKeyReused, message).into())
        }
    }
}

fn created(placed: &PlacedEvent) -> Response {
    reply::json(StatusCode::CREATED, &EventView::from(placed))
}

fn parse(request: &Request, actor: &Actor<'_>, now: Timestamp) -> Result<(Event, Option<Idempotency>), ApiError> {
    let mut body = request.json()?;
    let kind = body.required("type", EventType::parse_custom);
    let data = body.required_value("data", EventData::parse);
    let occurred_at = body.optional("occurred_at", Timestamp::parse_rfc3339);
    let header = request.head.headers.get(IdempotencyKey::HEADER);
    let key = header.map(|value| IdempotencyKey::parse(value.as_bytes())).transpose();
    let key = key.unwrap_or_else(|mistake| body.mistake(IdempotencyKey::HEADER, mistake));
    Ok(body.finish(|| {
        let (kind, data) = (kind?, data?);
        let occurred = occurred_at.map(Timestamp::to_rfc3339).unwrap_or_default();
        let once = key.map(|key| Idempotency::new(&key, &[kind.as_str(), &data.text(), &occurred]));
        let event = Event {
            id: EventId::generate(now),
            account_id: actor.user.account_id,
            user_id: actor.user.id,
            client_id: actor.client_id.cloned(),
            kind,
            data,
            occurred_at: occurred_at.unwrap_or(now),
            created_at: now,
        };
        Some((event, once))
    })?)
}
