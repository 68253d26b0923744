//! `POST /api/mails-resend`: an operator sends a mail again that was given up.

use std::sync::Arc;

use serde::Serialize;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::delivery::WorkId;
use shared::domain::mail::message::OutgoingMail;
use shared::domain::mail::state::MailState;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::view::mail::MailRecord;
use shared::http::{Request, Response, reply};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::UserCaller;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    Endpoint::post(env!("CARGO_PKG_NAME"), handle).uses(&[KeyUse::Published])
}

#[derive(Serialize)]
struct OneMail {
    mail: MailRecord,
}

/// Puts the mail into the queue again, unless its link has expired. The table's stream has it sent at once.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ApiError> {
    let operator = UserCaller::authenticate_admin(&app, &request).await?.user;
    let mut body = request.json()?;
    let id = body.required("id", |text| WorkId::parse(text).ok_or_else(|| "must be a mail's id".to_owned()));
    let id = body.finish(|| id)?;
    if app.config.mail_from.is_none() {
        return Err(ApiError::mail_not_configured());
    }
    let now = app.clock.now();
    let found = app.stores.outbox.queue.find_given_up(id).await?;
    let mail = found.filter(OutgoingMail::is_deliverable).ok_or_else(no_such_mail)?;
    let gives_up_at = mail.new_end(now).ok_or_else(|| expired(&mail))?;
    let mail = mail.again(gives_up_at, now);
    let event = AuditEvent::new(AuditAction::MailResent, request.origin(), now).of_user(&operator).about(mail.id);
    if !app.stores.resend(&mail, &event).await? {
        return Err(no_such_mail());
    }
    Ok(reply::result(OneMail { mail: MailRecord::new(&mail, MailState::Waiting) }))
}

fn no_such_mail() -> ApiError {
    ApiError::not_found("There is no such mail that was given up")
}

fn expired(mail: &OutgoingMail) -> ApiError {
    let message = if mail.task.message.is_on_request() {
        "The mail's link has expired; the user can ask for a new one"
    } else {
        "The mail's link has expired"
    };
    ApiError::new(ApiCode::Conflict, message)
}
