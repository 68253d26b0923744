//! `POST /api/oauth-apps-review`: an operator looks at a client, and says what they think of it.

mod logo;
mod view;

use std::sync::Arc;

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::Client;
use shared::domain::client::id::ClientId;
use shared::domain::client::standing::{Review, Standing};
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::User;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;
use shared::service::client::document::{DocumentError, Need};
use shared::store::{Load, Reviewed};

use view::OneClient;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published]).fetches_documents()
}

/// Shows the client; or, with `standing`, stores the decision on it, if it is still the one that was shown.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let operator = UserCaller::authenticate_admin(&app, &request).await?.user;
    let mut body = request.json()?;
    let client_id =
        body.required("client_id", |id| ClientId::parse(id).ok_or_else(|| "must be a client id".to_owned()));
    let standing = body.optional("standing", Standing::require);
    let seen = body.optional("identity", |seen| Ok(seen.to_owned()));
    if standing.is_some() && seen.is_none() {
        body.mistake::<()>("identity", "must be that of the client as you saw it".to_owned());
    }
    let client_id = body.finish(|| client_id)?;
    let load = Load { client: Some(client_id), ..Load::default() };
    let loaded = app.load_client(load, Need::Beginning, request.origin()).await.map_err(unusable)?;
    let client = loaded.live_client(app.clock.now()).ok_or_else(no_such_client)?;
    let Some(standing) = standing else { return Ok(reply::result(OneClient::of(client))) };
    if seen.as_deref() != Some(client.reviewable().as_str()) {
        return Err(ApiError::new(ApiCode::Conflict, "The client has changed since you saw it: look at it again"));
    }
    let event = event(&operator, client, &request, app.clock.now());
    let reviewed = review(&app, client.clone(), standing, &event).await?;
    Ok(reply::result(OneClient::of(&reviewed)))
}

/// Stores the decision, with the client's logo as it is now.
async fn review(app: &App, client: Client, standing: Standing, event: &AuditEvent) -> Result<Client, ApiError> {
    let logo = match client.metadata.about.logo_uri.as_deref().filter(|_| standing.is_vouched_for()) {
        Some(uri) => Some(logo::fetch(app, uri).await?),
        None => None,
    };
    let review = Review { standing, identity: client.reviewable(), at: event.at, has_logo: logo.is_some() };
    match app.stores.review(&client, &review, logo.as_ref(), event).await? {
        Reviewed::Done => Ok(app.in_its_standing(Client { review: Some(review), ..client })),
        Reviewed::Gone => Err(no_such_client()),
    }
}

/// The decision, in the audit trail of the account whose app it is; of other clients, in that of no account.
fn event(operator: &User, client: &Client, request: &Request, now: Timestamp) -> AuditEvent {
    let event = AuditEvent::new(AuditAction::ClientReviewed, request.origin(), now).of_user(operator);
    event.in_account(client.owner.map(|owner| owner.account_id)).about_client(&client.client_id)
}

fn no_such_client() -> ApiError {
    ApiError::not_found("There is no such client, or it does not work")
}

/// A client whose document we cannot use (OAuth Client ID Metadata Document §4).
fn unusable(error: DocumentError) -> ApiError {
    match error {
        DocumentError::Unusable(reason) => {
            ApiError::new(ApiCode::Conflict, format!("The client's metadata document is invalid: {reason}"))
        }
        DocumentError::Missing(reason) | DocumentError::Unreachable(reason) => {
            ApiError::new(ApiCode::Conflict, format!("The client's metadata document cannot be fetched: {reason}"))
        }
        DocumentError::TooMany(wait) => ApiError::rate_limited(wait),
        DocumentError::Fault(fault) => fault.into(),
    }
}
