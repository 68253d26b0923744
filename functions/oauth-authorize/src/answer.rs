//! The answer that the client waits for.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::authorization::code::{AuthorizationCode, CodeText};
use shared::domain::authorization::consent::{Approval, ConsentChange, ConsentId, Grant};
use shared::domain::authorization::{AnswerTo, AuthorizationId, AuthorizationRequest};
use shared::domain::oauth::authorization_response::ReturnAddress;
use shared::domain::session::id::SessionId;
use shared::domain::types::id::AttemptId;
use shared::domain::types::origin::Origin;
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;
use shared::http::Response;
use shared::http::error::authorize::{AuthorizeError, answer_client};
use shared::http::page::visit::already_answered;
use shared::service::client::retention;
use shared::store::{Agreed, Agreement, Wanted};

use crate::pages::device;
use crate::situation::Situation;

/// How long a code is good for.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(60);
/// How often a consent that changes all the time is read again.
const TRIES: usize = 5;

/// Why the answer is yes.
pub(crate) enum Why {
    /// The person agreed before, so it is no event.
    Remembered,
    /// The person agrees now, from here.
    Now(Origin),
}

/// Gives the client what it waits for, with one transaction: a code, with which the browser goes back, or the word to an
/// app on another device.
pub(crate) async fn yes(
    app: &App,
    asked: &AuthorizationRequest,
    answers: Option<AuthorizationId>,
    situation: Situation<'_>,
    why: Why,
    now: Timestamp,
) -> Result<Response, AuthorizeError> {
    let Situation { client, user, issuer, .. } = situation;
    retention::note(app, client, now).await?;
    let mut consent = situation.consent.cloned();
    for _ in 0..TRIES {
        let change = match (&why, &consent) {
            (Why::Remembered, Some(_)) => ConsentChange::None,
            // Nothing is agreed to in anybody's name.
            (Why::Remembered, None) => break,
            (Why::Now(_), before) => ConsentChange::agreeing(
                user.id,
                client.client_id.clone(),
                before.as_ref(),
                &asked.scopes,
                client.identity(),
                now,
            ),
        };
        let given = match &change {
            ConsentChange::None => consent.as_ref(),
            ConsentChange::Give(given) | ConsentChange::Renew(given) => Some(given),
        };
        let Some(consent_id) = given.map(|given| given.id) else { break };
        let approval = approval(asked, situation, consent_id, now);
        let event = given_now(&why, asked, situation, consent_id, now);
        let (agreed, response) = match &asked.answer_to {
            AnswerTo::Client(to) => {
                let text = CodeText::generate(user.id);
                let code = code(asked, to, approval, &text, now);
                let agreed = app.stores.agree(answers, Agreement::Code(&code), &change, event.as_ref(), now).await?;
                let text = text.issue();
                (agreed, answer_client(&app.config.brand, to, issuer, vec![("code", text.expose())]))
            }
            AnswerTo::Device(user_code) => {
                let agreement = Agreement::Device(*user_code, &approval);
                let agreed = app.stores.agree(answers, agreement, &change, event.as_ref(), now).await?;
                (agreed, device::connected(app, client))
            }
        };
        match agreed {
            Agreed::Done => return Ok(response),
            Agreed::AnsweredBefore => return Err(already_answered().into()),
            Agreed::Raced => {
                let wanted = Wanted {
                    client: Some(client.client_id.clone()),
                    user: Some(user.id),
                    consent: true,
                    ..Wanted::default()
                };
                consent = app.facts(wanted).await?.consent;
            }
        }
    }
    Err(Fault::unavailable("a consent changed all the time").into())
}

/// What the person says, as the audit trail has it.
fn given_now(
    why: &Why,
    asked: &AuthorizationRequest,
    Situation { client, user, .. }: Situation<'_>,
    consent_id: ConsentId,
    now: Timestamp,
) -> Option<AuditEvent> {
    let Why::Now(origin) = why else { return None };
    let action = match asked.answer_to {
        AnswerTo::Client(_) => AuditAction::ConsentGiven,
        AnswerTo::Device(_) => AuditAction::DeviceAllowed,
    };
    let event = AuditEvent::new(action, origin.clone(), now).of_user(user);
    Some(event.by_client(&client.client_id).about(consent_id))
}

/// What the person says, as it becomes a session. One that another device gets does not end with this browser's sign-in.
fn approval(
    asked: &AuthorizationRequest,
    Situation { client, session, user, .. }: Situation<'_>,
    consent_id: ConsentId,
    now: Timestamp,
) -> Approval {
    let ends_with_browser = asked.answer_to.return_address().is_some();
    Approval {
        user_id: user.id,
        epoch: user.epoch,
        grant: Grant {
            client_id: asked.client_id.clone(),
            consent_id,
            token_epoch: client.token_epoch,
            scopes: asked.scopes.clone(),
            resource: asked.resource.clone(),
            browser_session_id: ends_with_browser.then_some(session.id),
            auth_time: session.created_at,
            proven_by: session.proven_by,
        },
        session_id: SessionId::generate(now),
        device: session.device.clone(),
    }
}

fn code(
    asked: &AuthorizationRequest,
    to: &ReturnAddress,
    approval: Approval,
    text: &CodeText,
    now: Timestamp,
) -> AuthorizationCode {
    AuthorizationCode {
        hash: text.hash(),
        approval,
        redirect_uri: to.redirect_uri.clone(),
        code_challenge: asked.code_challenge.clone(),
        nonce: asked.nonce.clone(),
        created_at: now,
        ends_at: now.after(LIFETIME),
        used_at: None,
        attempt: AttemptId::generate(now),
    }
}
