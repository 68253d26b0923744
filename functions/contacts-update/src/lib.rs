//! `POST /api/contacts-update`: changes a contact of the caller's account.

use std::sync::Arc;

use shared::app::App;
use shared::domain::contact::{Attributes, ChangedBy, ContactChange, ContactId};
use shared::domain::input::fields::Fields;
use shared::domain::oauth::scope::Scope;
use shared::domain::types::display_name::DisplayName;
use shared::domain::types::email::EmailAddress;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::view::contact::OneContact;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::store::ContactUpdated;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Changes only the fields that the body names.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = Caller::authenticate(&app, &request).await?;
    let account = caller.account_for(&app, Scope::CONTACT_WRITE).await?;
    let (id, change) = parse(request.json()?, ChangedBy::from(&caller.actor()))?;
    match app.stores.contacts.update(account, id, &change, app.clock.now()).await? {
        ContactUpdated::Done(contact) => Ok(reply::result(OneContact::new(&contact))),
        ContactUpdated::EmailTaken => {
            Err(ApiError::email_taken("Another contact of your account has this e-mail address"))
        }
        ContactUpdated::Raced => {
            Err(ApiError::new(ApiCode::Conflict, "The contact was changed at the same time; try again"))
        }
        ContactUpdated::NotFound => Err(ApiError::not_found("Your account has no such contact")),
    }
}

fn parse(mut body: Fields, by: ChangedBy) -> Result<(ContactId, ContactChange), ApiError> {
    let id = body.required("id", ContactId::require);
    let email = body.optional("email", EmailAddress::parse);
    let name = body.optional("name", DisplayName::parse);
    let attributes = body.optional_value("attributes", Attributes::parse);
    Ok(body.finish(|| Some((id?, ContactChange { email, name, attributes, by })))?)
}
