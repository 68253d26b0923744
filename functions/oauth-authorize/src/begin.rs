//! Where an app sends a person's browser.

use lambda_http::http::Method;
use shared::app::App;
use shared::authorization::{AuthorizationId, PendingAuthorization, Step};
use shared::http::authorize_error::AuthorizeError;
use shared::http::page::see_other;
use shared::http::page_error::PageError;
use shared::http::{Request, Response};
use shared::sign_in;
use shared::store::Wanted;

use crate::advance::{Situation, address, refusal};
use crate::answer::{self, Agreement};
use crate::parameters::Parameters;
use crate::request;

/// How long a person may take to answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Reads what an app asks for: one batch read. Whoever is signed in and has agreed before goes straight back; everybody
/// else is shown a page, and until then the request waits in the table.
pub(crate) async fn begin(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let now = app.clock.now();
    let parameters = Parameters::read(request)?;
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let token = sign_in::browser_token(&request.head, &issuer);
    let wanted = Wanted {
        client: parameters.client_id(),
        user: token.as_ref().map(|token| token.user_id),
        session: token.as_ref().map(|token| token.session_id),
        consent: true,
        ..Wanted::default()
    };
    let facts = app.facts(wanted).await?;
    let client = facts.live_app().ok_or_else(unknown_client)?;
    let asked = request::read(app, &parameters, client, &issuer).await?;
    let session = facts.live_session(now).filter(|(session, _)| token.is_some_and(|token| token.opens(session)));
    let consent = facts.consent.as_ref();
    // A form that another site posts brings no cookie (SameSite=Lax), so it cannot be known yet who is signed in.
    let step = if request.head.method == Method::POST {
        None
    } else {
        Some(asked.next_step(client, session.map(|(session, _)| session), None, consent, now))
    };
    match (step, session) {
        (Some(Step::Refuse(code)), _) => Err(refusal(&asked, &issuer, code)),
        (Some(Step::Answer), Some((session, user))) => {
            let situation = Situation { client, session, user, consent, issuer: &issuer };
            answer::with_code(app, &asked, None, situation, Agreement::Remembered, now).await
        }
        (step, _) => {
            let id = AuthorizationId::generate(now);
            let ends_at = now.after(PATIENCE);
            let pending = PendingAuthorization {
                id,
                request: asked,
                session_id: None,
                created_at: now,
                ends_at,
                answered_at: None,
            };
            app.stores.authorizations.begin(&pending).await?;
            Ok(see_other(&address(step, id)))
        }
    }
}

fn unknown_client() -> PageError {
    PageError::bad_request(
        "The app that sent you here is not known, or it was removed (client_id). Please go back and let the people who make it know.",
    )
}
