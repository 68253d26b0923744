//! The answer that the client waits for.

use shared::app::App;
use shared::authorization::{AuthorizationId, AuthorizationRequest};
use shared::authorization_code::{AuthorizationCode, CodeText};
use shared::clock::Timestamp;
use shared::consent::{ConsentChange, Grant};
use shared::fault::Fault;
use shared::http::Response;
use shared::http::authorize_error::{AuthorizeError, answer_client};
use shared::id::AttemptId;
use shared::session::SessionId;
use shared::store::{Agreed, Wanted};

use crate::advance::Situation;
use crate::visit::already_answered;

/// How long a code is good for.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(60);
/// How often a consent that changes all the time is read again.
const TRIES: usize = 5;

/// Why there is a code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// The person agreed before.
    Remembered,
    /// The person agrees now.
    Now,
}

/// Makes a code, with one transaction, and sends the browser back with it.
pub(crate) async fn with_code(
    app: &App,
    asked: &AuthorizationRequest,
    answers: Option<AuthorizationId>,
    situation: Situation<'_>,
    agreement: Agreement,
    now: Timestamp,
) -> Result<Response, AuthorizeError> {
    let Situation { client, session, user, issuer, .. } = situation;
    let mut consent = situation.consent.cloned();
    for _ in 0..TRIES {
        let change = match (agreement, &consent) {
            (Agreement::Remembered, Some(_)) => ConsentChange::None,
            // Nothing is agreed to in anybody's name.
            (Agreement::Remembered, None) => break,
            (Agreement::Now, before) => ConsentChange::agreeing(
                user.id,
                client.client_id(),
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
        let text = CodeText::generate(user.id);
        let code = AuthorizationCode {
            hash: text.hash(),
            user_id: user.id,
            epoch: user.epoch,
            grant: Grant {
                client_id: client.client_id(),
                consent_id,
                scopes: asked.scopes.clone(),
                resource: asked.resource.clone(),
                browser_session_id: session.id,
                auth_time: session.created_at,
            },
            session_id: SessionId::generate(now),
            redirect_uri: asked.return_address.redirect_uri.clone(),
            code_challenge: asked.code_challenge.clone(),
            nonce: asked.nonce.clone(),
            device: session.device.clone(),
            created_at: now,
            ends_at: now.after(LIFETIME),
            used_at: None,
            attempt: AttemptId::generate(now),
        };
        match app.stores.agree(answers, &code, &change).await? {
            Agreed::Done => {
                let code = text.issue();
                let answer = vec![("code", code.expose())];
                return Ok(answer_client(&app.config.brand, &asked.return_address, issuer, answer));
            }
            Agreed::AnsweredBefore => return Err(already_answered().into()),
            Agreed::Raced => {
                let wanted = Wanted {
                    client: Some(client.client_id()),
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
