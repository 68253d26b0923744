//! `POST /api/contacts-create`: adds a contact to the caller's account.

use std::sync::Arc;

use shared::app::App;
use shared::domain::contact::{Attributes, ChangedBy, Contact, ContactId};
use shared::domain::input::fields::Fields;
use shared::domain::oauth::scope::Scope;
use shared::domain::types::display_name::DisplayName;
use shared::domain::types::email::EmailAddress;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::account::AccountId;
use shared::http::error::api::ApiError;
use shared::http::view::contact::OneContact;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;
use shared::store::ContactCreated;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

/// Creates the contact; an account has at most one contact per e-mail address.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let caller = Caller::authenticate(&app, &request).await?;
    let account = caller.account_for(&app, Scope::CONTACT_WRITE).await?;
    let most = caller.quotas(&app).contacts;
    let contact = parse(request.json()?, account, ChangedBy::from(&caller.actor()), app.clock.now())?;
    match app.stores.contacts.create(&contact, most).await? {
        ContactCreated::Done => Ok(reply::result(OneContact::new(&contact))),
        ContactCreated::QuotaReached => Err(ApiError::quota_exceeded("contacts", most)),
        ContactCreated::EmailTaken => Err(ApiError::email_taken("Your account has a contact with this e-mail address")),
    }
}

fn parse(mut body: Fields, account_id: AccountId, by: ChangedBy, now: Timestamp) -> Result<Contact, ApiError> {
    let email = body.required("email", EmailAddress::parse);
    let name = body.optional("name", DisplayName::parse);
    let attributes = body.optional_value("attributes", Attributes::parse).unwrap_or_default();
    Ok(body.finish(|| {
        Some(Contact {
            id: ContactId::generate(now),
            account_id,
            email: email?,
            name,
            attributes,
            created_at: now,
            updated_at: now,
            changed_by: Some(by),
        })
    })?)
}
