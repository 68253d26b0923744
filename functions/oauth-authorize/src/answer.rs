//! The authorization response to the client.

use lambda_http::http::StatusCode;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::authorization::code::{AuthorizationCode, PlainCode};
use shared::domain::authorization::consent::{Approval, ConsentChange, ConsentId, Grant};
use shared::domain::authorization::{AuthorizationId, AuthorizationRequest, ResponseTarget};
use shared::domain::client::Client;
use shared::domain::client::standing::Standing;
use shared::domain::oauth::authorization_response::ReturnAddress;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::session::id::SessionId;
use shared::domain::types::id::WriteId;
use shared::domain::types::origin::Origin;
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;
use shared::http::Response;
use shared::http::error::authorize::{AuthorizeError, Departure, answer_client};
use shared::http::error::page::PageError;
use shared::http::page::see_other;
use shared::http::page::visit::already_answered;
use shared::paths::{ACCOUNT, AUTHORIZE_CONTINUE};
use shared::service::client::retention;
use shared::service::verified_email;
use shared::store::{Approved, GrantTarget, Load};

use crate::departure;
use crate::pages::device;
use crate::refusal::refusal;
use crate::situation::Situation;

/// The lifetime of a code.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(60);
/// How often a consent that is changed concurrently is read again.
const TRIES: usize = 5;

/// Why a request is approved.
pub(crate) enum ApprovalKind {
    /// The user consented earlier, so no event is recorded.
    Remembered,
    /// The app is the operator's own, so the user is not asked and no event is recorded. The consent is stored like any
    /// other: the user sees it on their account page, and ends the app's sessions there.
    FirstParty,
    /// The user consents now, from this origin.
    Now(Origin),
}

impl ApprovalKind {
    /// Why a request is approved without a page.
    pub(crate) fn without_page(client: &Client) -> Self {
        if client.standing == Standing::FirstParty { Self::FirstParty } else { Self::Remembered }
    }
}

/// Approves the request with one transaction: the browser returns to the client with a code, or the authorization of an app on
/// another device is approved.
pub(crate) async fn approve(
    app: &App,
    asked: &AuthorizationRequest,
    answers: Option<AuthorizationId>,
    situation: Situation<'_>,
    kind: ApprovalKind,
    now: Timestamp,
) -> Result<Response, AuthorizeError> {
    let Situation { client, user, issuer, .. } = situation;
    let departure = answers.map_or(Departure::Redirect, |_| departure::from_pages(asked));
    if !verified_email::is_enough(app, user) {
        return Err(unverified(asked, issuer, departure));
    }
    retention::note(app, client, now).await?;
    let (shown, mut consent) = (asked.consent_request(client), situation.consent.cloned());
    for _ in 0..TRIES {
        let change = match (&kind, &consent) {
            (ApprovalKind::Remembered, Some(_)) => ConsentChange::None,
            // No consent is given in a user's name.
            (ApprovalKind::Remembered, None) => break,
            (ApprovalKind::FirstParty, Some(before)) if before.covers(user, &shown) => ConsentChange::None,
            (ApprovalKind::FirstParty | ApprovalKind::Now(_), before) => {
                ConsentChange::approving(user, before.as_ref(), &shown, now)
            }
        };
        let given = change.given().or(consent.as_ref());
        let Some(consent_id) = given.map(|given| given.id) else { break };
        let approval = approval(asked, situation, consent_id, now);
        let event = given_now(&kind, asked, situation, consent_id, now);
        let (result, response) = match &asked.response_target {
            ResponseTarget::Client(to) => {
                let text = PlainCode::generate(user.id);
                let code = code(asked, to, approval, &text, now);
                let result =
                    app.stores.approve(answers, GrantTarget::Code(&code), &change, event.as_ref(), now).await?;
                let text = text.issue();
                (result, answer_client(&app.config.brand, to, issuer, vec![("code", text.expose())], departure))
            }
            ResponseTarget::Device(user_code) => {
                let target = GrantTarget::Device(*user_code, &approval);
                let result = app.stores.approve(answers, target, &change, event.as_ref(), now).await?;
                (result, device::connected(app, client))
            }
        };
        match result {
            Approved::Done => return Ok(response),
            Approved::AnsweredBefore => return Err(already_answered().into()),
            Approved::Raced => {
                let load = Load {
                    client: Some(client.client_id.clone()),
                    user: Some(user.id),
                    consent: true,
                    ..Load::default()
                };
                let loaded = app.load(load).await?;
                // The user decided about the app as it was shown: about another one they are asked anew.
                let is_same = loaded.client.is_some_and(|now| now.identity() == shown.identity);
                if let Some(id) = answers.filter(|_| !is_same) {
                    return Ok(see_other(&format!("{AUTHORIZE_CONTINUE}?authorization={id}")));
                }
                consent = loaded.consent;
            }
        }
    }
    Err(Fault::unavailable("a consent was changed again and again at the same time").into())
}

/// The response while the user's address waits for its verification.
fn unverified(asked: &AuthorizationRequest, issuer: &str, departure: Departure) -> AuthorizeError {
    if let Some(to) = asked.response_target.return_address().filter(|_| asked.prompt.none) {
        return refusal(to, issuer, OAuthCode::InteractionRequired, departure).into();
    }
    let message = "Apps can use your account once your address is confirmed. Follow the link that we mailed to you, or get another one on your account page. Then go back to the app and start again.";
    let error = PageError::new(StatusCode::FORBIDDEN, "email_not_verified", "Please confirm your address", message);
    error.leading_to("Go to your account", ACCOUNT).into()
}

/// The user's consent as an audit event.
fn given_now(
    kind: &ApprovalKind,
    asked: &AuthorizationRequest,
    Situation { client, user, .. }: Situation<'_>,
    consent_id: ConsentId,
    now: Timestamp,
) -> Option<AuditEvent> {
    let ApprovalKind::Now(origin) = kind else { return None };
    let action = match asked.response_target {
        ResponseTarget::Client(_) => AuditAction::ConsentGiven,
        ResponseTarget::Device(_) => AuditAction::DeviceAllowed,
    };
    let event = AuditEvent::new(action, origin.clone(), now).of_user(user);
    Some(event.by_client(&client.client_id).about(consent_id))
}

/// The user's consent, from which a session begins. A session of another device does not end with this browser's sign-in.
fn approval(
    asked: &AuthorizationRequest,
    Situation { client, session, user, .. }: Situation<'_>,
    consent_id: ConsentId,
    now: Timestamp,
) -> Approval {
    let ends_with_browser = asked.response_target.return_address().is_some();
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
            authenticated_by: session.authenticated_by,
        },
        session_id: SessionId::generate(now),
        device: session.device.clone(),
    }
}

fn code(
    asked: &AuthorizationRequest,
    to: &ReturnAddress,
    approval: Approval,
    text: &PlainCode,
    now: Timestamp,
) -> AuthorizationCode {
    AuthorizationCode {
        hash: text.hash(),
        approval,
        redirect_uri: to.redirect_uri.clone(),
        names_redirect_uri: asked.names_redirect_uri,
        code_challenge: asked.code_challenge.clone(),
        nonce: asked.nonce.clone(),
        created_at: now,
        ends_at: now.after(LIFETIME),
        used_at: None,
        attempt: WriteId::generate(now),
    }
}
