//! `POST /api/contacts-delete`: deletes a contact of the caller's account.

use std::sync::Arc;

use serde_json::json;
use shared::app::App;
use shared::domain::contact::ContactId;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::store::ContactDeleted;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Deletes the contact, and frees its e-mail address within the account.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let account = Caller::authenticate(&app, &request).await?.account_for(&app, Scope::CONTACT_WRITE).await?;
    let id = parse(request.json()?)?;
    match app.stores.contacts.delete(account, id, app.clock.now()).await? {
        ContactDeleted::Done => Ok(reply::result(json!({}))),
        ContactDeleted::Raced => {
            Err(ApiError::new(ApiCode::Conflict, "The contact was changed at the same time; try again"))
        }
        ContactDeleted::NotFound => Err(ApiError::not_found("Your account has no such contact")),
    }
}

fn parse(mut body: Fields) -> Result<ContactId, ApiError> {
    let id = body.required("id", ContactId::require);
    Ok(body.finish(|| id)?)
}
