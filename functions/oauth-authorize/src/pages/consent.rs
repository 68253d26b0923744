//! The consent page: which app requests which access, and where the response is sent.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::authorization::{AuthorizationRequest, PendingAuthorization, ResponseTarget, Step};
use shared::domain::client::Client;
use shared::domain::oauth::error::OAuthCode;
use shared::domain::session::Session;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::User;
use shared::http::error::authorize::AuthorizeError;
use shared::http::error::page::PageError;
use shared::http::page::form_guard::{FIELD, FormUse};
use shared::http::page::visit::Visit;
use shared::http::page::{known_as, notice};
use shared::http::{Request, Response};
use shared::paths::{CONSENT, SIGN_IN};

use crate::advance::{advance, deny};
use crate::answer::{self, ApprovalKind};
use crate::pages::consent_view as view;
use crate::situation::Situation;

/// The field with the fingerprint of what the page showed.
const SEEN: &str = "seen";
const NOTHING_LEFT: &str = "You left out everything, so there is nothing to allow. Choose something, or deny.";
const CHANGED: &str = "The app has changed since you saw this page. Please read it again: nothing was allowed yet.";

/// Shows the page if consent is still required.
pub(crate) async fn show(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let visit = Visit::of(app, request, &request.query_fields()?).await?;
    match decision(app, &visit)? {
        (Step::Consent, Some((session, user))) => page(app, &visit, session, user, None).await,
        _ => advance(app, request, &visit).await,
    }
}

/// Handles the user's decision. The request is read from the table, never from the form.
pub(crate) async fn submit(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let now = app.clock.now();
    let fields = request.form()?;
    let visit = Visit::of(app, request, &fields).await?;
    let pending = visit.pending()?;
    let seen = fields.text(SEEN).ok().flatten().unwrap_or_default();
    let purpose = purpose(&visit, seen);
    let signed_in = visit.signed_in();
    let form = FormUse { purpose: &purpose, session: signed_in.map(|(session, _)| session.id) };
    visit.browser.guard.check(app, &request.head, fields.text(FIELD).ok().flatten(), form, visit.way_on()).await?;
    match (fields.text("decision").ok().flatten(), decision(app, &visit)?) {
        (Some("deny"), _) => {
            let event = refusal(&visit, pending, request, now);
            deny(app, &visit, OAuthCode::AccessDenied, Some(&event), now, AuthorizeError::from).await
        }
        // The user allowed what another page showed: they are shown what the app is now, and nothing is granted.
        (Some("allow"), (Step::Consent, Some((session, user)))) if seen != fingerprint(app, &visit)? => {
            page(app, &visit, session, user, Some(CHANGED)).await
        }
        (Some("allow"), (Step::Consent, Some((session, user)))) => {
            let (client, consent) = (visit.client(app)?, visit.consent());
            let scopes = view::allowed(&pending.request, &fields);
            if scopes.is_empty() {
                return page(app, &visit, session, user, Some(NOTHING_LEFT)).await;
            }
            let asked = AuthorizationRequest { scopes, ..pending.request.clone() };
            let situation = Situation { client, session, user, consent, issuer: &visit.browser.issuer };
            let kind = ApprovalKind::Now(request.origin());
            answer::approve(app, &asked, Some(pending.id), situation, kind, now).await
        }
        (Some("allow"), _) => advance(app, request, &visit).await,
        _ => Err(PageError::bad_request("The form was incomplete. Please go back and choose again.").into()),
    }
}

/// What the form is for: this authorization, as the page showed it.
fn purpose(visit: &Visit, seen: &str) -> String {
    format!("{} {seen}", visit.purpose("consent"))
}

/// The fingerprint of what the page shows now.
fn fingerprint(app: &App, visit: &Visit) -> Result<String, PageError> {
    Ok(visit.pending()?.request.consent_request(visit.client(app)?).fingerprint())
}

/// The denial as an audit event. A user need not be signed in to deny.
fn refusal(visit: &Visit, pending: &PendingAuthorization, request: &Request, now: Timestamp) -> AuditEvent {
    let action = match pending.request.response_target {
        ResponseTarget::Client(_) => AuditAction::ConsentRefused,
        ResponseTarget::Device(_) => AuditAction::DeviceDenied,
    };
    let event = AuditEvent::new(action, request.origin(), now).by_client(&pending.request.client_id);
    event.of_user(visit.signed_in().map(|(_, user)| user))
}

type Decision<'v> = (Step, Option<(&'v Session, &'v User)>);

fn decision<'v>(app: &App, visit: &'v Visit) -> Result<Decision<'v>, PageError> {
    let (pending, client, signed_in) = (visit.pending()?, visit.client(app)?, visit.signed_in());
    let step = pending.request.next_step(client, signed_in, pending.session_id, visit.consent(), app.clock.now());
    Ok((step, signed_in))
}

async fn page(
    app: &App,
    visit: &Visit,
    session: &Session,
    user: &User,
    warning: Option<&str>,
) -> Result<Response, AuthorizeError> {
    let (pending, client) = (visit.pending()?, visit.client(app)?);
    let seen = fingerprint(app, visit)?;
    let purpose = purpose(visit, &seen);
    let token = visit.browser.guard.token(app, FormUse { purpose: &purpose, session: Some(session.id) }).await?;
    let logo = logo(app, client).await?;
    let content = html! {
        (view::app_heading(client, logo.as_deref()))
        (view::standing(app, client, user))
        (view::destination(client, &pending.request.response_target))
        @if let Some(text) = warning { (notice(text)) }
        div.user {
            span { "Signed in as" br; strong { (known_as(user)) } }
            a href=(visit.link_to(SIGN_IN)) { "Not you?" }
        }
        (view::place(app, pending.request.resource.as_deref()))
        form method="post" action=(CONSENT) {
            (visit.hidden(&token))
            input type="hidden" name=(SEEN) value=(seen);
            (view::scopes(app, &pending.request))
            div.pair {
                button type="submit" name="decision" value="deny" { "Deny" }
                button.main type="submit" name="decision" value="allow" { "Allow" }
            }
        }
        p.after { "You can revoke this access on your account page at any time." }
        (view::links(client))
    };
    Ok(visit.page(app, StatusCode::OK, "Allow access", content))
}

/// The logo of an app, as an operator saw it: of any other app a logo could be that of someone it pretends to be.
async fn logo(app: &App, client: &Client) -> Result<Option<String>, AuthorizeError> {
    let has_logo = client.review.as_ref().is_some_and(|review| review.has_logo);
    if !(has_logo && client.standing.is_vouched_for()) {
        return Ok(None);
    }
    Ok(app.stores.apps.logo(&client.client_id).await?.map(|logo| logo.data_url()))
}
