//! The consent page: which app requests which access, and where the response is sent.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::authorization::{PendingAuthorization, ResponseTarget, Step};
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
use crate::situation::Situation;

/// The field with the fingerprint of what the page showed.
const SEEN: &str = "seen";
const CHANGED: &str = "The app has changed since you saw this page. Please read it again: nothing was allowed yet.";

/// Shows the page if consent is still required.
pub(crate) async fn show(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let visit = Visit::of(app, request, &request.query_fields()?).await?;
    match decision(app, &visit)? {
        (Step::Consent, Some((session, user))) => page(app, &visit, session, user, None).await,
        _ => continue_authorization(app, &visit).await,
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
            deny(app, pending, &visit.browser.issuer, OAuthCode::AccessDenied, Some(&event), now).await
        }
        // The user allowed what another page showed: they are shown what the app is now, and nothing is granted.
        (Some("allow"), (Step::Consent, Some((session, user)))) if seen != fingerprint(app, &visit)? => {
            page(app, &visit, session, user, Some(CHANGED)).await
        }
        (Some("allow"), (Step::Consent, Some((session, user)))) => {
            let (client, consent) = (visit.client(app)?, visit.consent());
            let situation = Situation { client, session, user, consent, issuer: &visit.browser.issuer };
            answer::approve(
                app,
                &pending.request,
                Some(pending.id),
                situation,
                ApprovalKind::Now(request.origin()),
                now,
            )
            .await
        }
        (Some("allow"), _) => continue_authorization(app, &visit).await,
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

async fn continue_authorization(app: &App, visit: &Visit) -> Result<Response, AuthorizeError> {
    let (pending, client) = (visit.pending()?, visit.client(app)?);
    advance(app, pending, client, visit.signed_in(), visit.consent(), &visit.browser.issuer).await
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
    let content = html! {
        h1 { (client.metadata.name) " wants to access your account" }
        @if client.is_unverified() {
            p.warning { "This app is not verified. Its name was chosen by its developer." }
        }
        (destination(client, &pending.request.response_target))
        @if let Some(text) = warning { (notice(text)) }
        div.user {
            span { "Signed in as" br; strong { (known_as(user)) } }
            a href=(visit.link_to(SIGN_IN)) { "Not you?" }
        }
        (place(app, pending.request.resource.as_deref()))
        ul.scopes {
            @for (sentence, is_dangerous) in app.config.scopes.marked_sentences(&pending.request.scopes) {
                li.risky[is_dangerous] { (sentence) }
            }
        }
        form method="post" action=(CONSENT) {
            (visit.hidden(&token))
            input type="hidden" name=(SEEN) value=(seen);
            div.pair {
                button type="submit" name="decision" value="deny" { "Deny" }
                button.main type="submit" name="decision" value="allow" { "Allow" }
            }
        }
        p.after { "You can revoke this access on your account page at any time." }
    };
    Ok(visit.page(app, StatusCode::OK, "Allow access", content))
}

/// The API at which the app would have the scopes.
fn place(app: &App, resource: Option<&str>) -> Markup {
    match resource {
        None => html! { p { "If you allow this, it will be able to:" } },
        Some(resource) => html! {
            p {
                "It wants to use " strong { (app.config.resources.title_of(resource)) }
                " for you. If you allow this, it will be able to do this there:"
            }
        },
    }
}

/// Where the app comes from and where the response is sent, so that no user gives access to an unknown app by mistake.
fn destination(client: &Client, to: &ResponseTarget) -> Markup {
    let origin = client.client_id.document_url().map(|url| url.host());
    // A document proves the host of an app that returns to it; a program or a device can only claim one.
    let claim = html! { @if let Some(origin) = origin { "It says that it comes from " strong { (origin) } ". " } };
    match to {
        ResponseTarget::Client(to) => match (to.host(), origin) {
            (Some(host), Some(origin)) if host != origin => html! {
                p.lead { "The app comes from " strong { (origin) } ", and the response is sent to " strong { (host) } "." }
            },
            (Some(host), _) => html! {
                p.lead { "The app is at " strong { (host) } ", and the response is sent there." }
            },
            (None, _) => html! {
                p.lead {
                    (claim) "The response is sent to " strong { "a program on this device" }
                    ". Allow it only if you just started it yourself."
                }
            },
        },
        // RFC 8628 §5.4: an attacker could have sent the code to the user.
        ResponseTarget::Device(code) => html! {
            p.lead {
                (claim) "It runs on " strong { "another device" }
                ". Allow it only if that device is in front of you and shows this code:"
            }
            p.code.shown { (code) }
        },
    }
}
