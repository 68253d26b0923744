//! The sign-in page.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::password::Password;
use shared::domain::session::proof::AuthenticationMethod;
use shared::domain::types::sign_in_name::SignInName;
use shared::domain::upstream::pending_link::{PendingLink, PendingLinkId};
use shared::domain::user::User;
use shared::fault::Fault;
use shared::http::error::authorize::AuthorizeError;
use shared::http::page::form_guard::{FIELD, FormUse};
use shared::http::page::visit::Visit;
use shared::http::page::{self, Field, notice, retry_later, see_other};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, FORGOT_PASSWORD, REGISTER, SIGN_IN};
use shared::service::session::browser_sign_in;
use shared::service::session::sign_in::{self, PasswordSignIn};
use shared::service::throttle::Throttled;
use shared::service::upstream_linking;
use shared::service::user::restoration;

use super::provider::{self, purpose_line};
use crate::upstream;

/// What the page shows after a refused attempt.
#[derive(Default)]
struct Attempt {
    status: StatusCode,
    email: String,
    mistakes: Mistakes,
    notice: Option<&'static str>,
    /// The link that waits for this sign-in.
    link: Option<PendingLink>,
}

/// Shows the page; a signed-in user without a pending authorization is redirected to the account page.
pub(crate) async fn show(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let fields = request.query_fields()?;
    let visit = Visit::of(app, request, &fields).await?;
    if let Some(link) = waiting_link(app, &visit, &fields).await? {
        let email = link.email.as_str().to_owned();
        return page(app, &visit, Attempt { email, link: Some(link), ..Attempt::default() }).await;
    }
    if visit.maybe_pending().is_none() && visit.signed_in().is_some() {
        return Ok(see_other(ACCOUNT));
    }
    match (provider::sole(app), visit.maybe_pending()) {
        (Some(upstream), Some(_)) => upstream::redirect(app, upstream, &visit, request).await,
        _ if provider::only(app) => provider::page(app, &visit).await,
        (_, pending) => {
            let hint = pending.and_then(|pending| pending.request.login_hint.clone()).unwrap_or_default();
            page(app, &visit, Attempt { email: hint, ..Attempt::default() }).await
        }
    }
}

/// Signs in: counts the attempt, verifies the password and begins a session.
pub(crate) async fn submit(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let now = app.clock.now();
    let mut fields = request.form()?;
    let visit = Visit::of(app, request, &fields).await?;
    let token = fields.text(FIELD).ok().flatten();
    if fields.text("go_on").ok().flatten().is_some() {
        return continue_as_signed_in(app, request, &visit, token).await;
    }
    let purpose = visit.purpose("sign-in");
    visit.browser.guard.check(app, &request.head, token, form_use(&purpose), visit.way_on()).await?;
    let link = waiting_link(app, &visit, &fields).await?;
    // A password still proves once that an account belongs to the user of the provider.
    if provider::only(app) && link.is_none() {
        return Ok(see_other(&visit.link_to(SIGN_IN)));
    }
    let email_text = fields.text("email").ok().flatten().unwrap_or_default().to_owned();
    let name = fields.required("email", SignInName::parse);
    let password = fields.required("password", Password::parse);
    let (name, password) = match fields.finish(|| name.zip(password)) {
        Ok(credentials) => credentials,
        Err(mistakes) => {
            let status = StatusCode::BAD_REQUEST;
            return page(app, &visit, Attempt { status, email: email_text, mistakes, notice: None, link }).await;
        }
    };
    let waiting = link.clone();
    // Where the provider is the only way to sign in, the password only proves that its user has this account.
    let is_allowed = |user: &User| !provider::only(app) || waiting.as_ref().is_some_and(|link| link.user_id == user.id);
    let refuse =
        |status, notice| Attempt { status, email: email_text, notice: Some(notice), link, ..Attempt::default() };
    let verified = match sign_in::verify(app, &name, &password, request, now).await {
        Ok(verified) => verified,
        Err(Throttled::TooMany(wait)) => {
            let attempt =
                refuse(StatusCode::TOO_MANY_REQUESTS, "Too many attempts. Wait a few minutes, then try again.");
            return Ok(retry_later(page(app, &visit, attempt).await?, wait));
        }
        Err(Throttled::Fault(fault)) => return Err(fault.into()),
    };
    let (user, counted) = match verified {
        PasswordSignIn::Allowed(user, counted) if is_allowed(&user) => (user, counted),
        PasswordSignIn::Deleted(user, _) if is_allowed(&user) => {
            let restore = restoration::page_for(app, &user, now).await?;
            return Ok(see_other(&restore.unwrap_or_else(|| visit.link_to(SIGN_IN))));
        }
        _ => {
            let attempt = refuse(StatusCode::UNAUTHORIZED, wrong(&name));
            return page(app, &visit, attempt).await;
        }
    };
    // Another user is signed in too, but nothing is linked.
    if let Some(link) = waiting.as_ref().filter(|link| link.user_id == user.id) {
        upstream_linking::link(app, &user, &link.identity, request.origin(), now).await?;
    }
    let begin = browser_sign_in::begin_session(app, &visit, &user, AuthenticationMethod::Secret, request, now);
    let known = counted.succeed(app, &user, Some(&visit.browser.known), now);
    let (begun, ()) = futures_util::future::try_join(begin, known).await?;
    Ok(browser_sign_in::complete(app, &visit, &begun, request, see_other).await?)
}

/// The link that waits for a sign-in in this browser, if any.
async fn waiting_link(app: &App, visit: &Visit, fields: &Fields) -> Result<Option<PendingLink>, Fault> {
    let Some(id) = fields.text("link").ok().flatten().and_then(PendingLinkId::parse) else { return Ok(None) };
    let link = app.stores.authorizations.find_pending_link(id).await?;
    Ok(link.filter(|link| link.waits_in(&visit.browser.guard.browser(), app.clock.now())))
}

/// Continues as the user who is already signed in, where the app leaves the choice.
async fn continue_as_signed_in(
    app: &App,
    request: &Request,
    visit: &Visit,
    token: Option<&str>,
) -> Result<Response, AuthorizeError> {
    let now = app.clock.now();
    let pending = visit.pending()?;
    let chosen = visit.signed_in().filter(|(session, _)| pending.request.accepts(session, now));
    let purpose = visit.purpose("go-on");
    let form = FormUse { purpose: &purpose, session: chosen.map(|(session, _)| session.id) };
    visit.browser.guard.check(app, &request.head, token, form, visit.way_on()).await?;
    if let Some((session, _)) = chosen {
        app.stores.authorizations.note_sign_in(pending.id, session.id, now).await?;
    }
    Ok(see_other(&visit.way_on().unwrap_or_else(|| ACCOUNT.to_owned())))
}

const fn form_use(purpose: &str) -> FormUse<'_> {
    FormUse { purpose, session: None }
}

async fn page(app: &App, visit: &Visit, attempt: Attempt) -> Result<Response, AuthorizeError> {
    let purpose = visit.purpose("sign-in");
    let token = visit.browser.guard.token(app, form_use(&purpose)).await?;
    let mistake = |name| attempt.mistakes.get(name).map(|mistake| sentence(name, mistake));
    let email_mistake = attempt.mistakes.get("email").map(|mistake| format!("This {mistake}."));
    let password_mistake = mistake("password");
    let provider = attempt.link.as_ref().map(|link| app.config.upstream_name(&link.identity.issuer));
    let link = attempt.link.as_ref().zip(provider.as_deref());
    let choice = if link.is_some() { None } else { choice(app, visit).await? };
    // A user who came from the provider need not go there again.
    let offer = if link.is_some() {
        html! {}
    } else {
        provider::offer(app, visit).await?
    };
    // A user who can continue need not type. After a refused attempt the focus is on the field with the mistake.
    let is_typing = choice.is_none() || !attempt.status.is_success();
    let is_email_done = !attempt.email.is_empty() && email_mistake.is_none();
    let content = html! {
        @if let Some((link, provider)) = link { (proof(link, provider)) } @else {
            h1 { "Sign in" }
            p.lead { (purpose_line(app, visit)) }
        }
        @if let Some(text) = attempt.notice { (notice(text)) }
        @if let Some(choice) = &choice { (choice) }
        (offer)
        form method="post" action=(SIGN_IN) {
            (visit.hidden(&token))
            @if let Some((link, _)) = link { input type="hidden" name="link" value=(link.id); }
            (Field {
                name: "email", label: "E-mail address or name", kind: "text", keyboard: Some("email"), autocomplete: "username", value: &attempt.email,
                mistake: email_mistake.as_deref(), is_first: is_typing && !is_email_done, ..Field::default()
            }.markup())
            (Field {
                name: "password", label: "Password", kind: "password", autocomplete: "current-password",
                mistake: password_mistake.as_deref(), is_first: is_typing && is_email_done, ..Field::default()
            }.markup())
            button.block.main[choice.is_none()] type="submit" { "Sign in" }
        }
        p.after { a href=(visit.link_to(FORGOT_PASSWORD)) { "Forgot your password?" } }
        @if link.is_some() {
            p.after { "Not yours? " a href=(visit.link_to(SIGN_IN)) { "Sign in another way" } }
        } @else {
            p.after { "New here? " a href=(visit.link_to(REGISTER)) { "Create an account" } }
        }
    };
    Ok(visit.page(app, attempt.status, "Sign in", content))
}

/// The user who is already signed in, as a choice to continue with.
async fn choice(app: &App, visit: &Visit) -> Result<Option<Markup>, AuthorizeError> {
    let Some((pending, (session, user))) = visit.maybe_pending().zip(visit.signed_in()) else { return Ok(None) };
    if !pending.request.accepts(session, app.clock.now()) {
        return Ok(None);
    }
    let purpose = visit.purpose("go-on");
    let token = visit.browser.guard.token(app, FormUse { purpose: &purpose, session: Some(session.id) }).await?;
    Ok(Some(html! {
        form method="post" action=(SIGN_IN) {
            (visit.hidden(&token))
            div.user { span { strong { (user.name) } br; (page::known_as(user)) } }
            button.main.block type="submit" name="go_on" value="yes" { "Continue" }
        }
        h2 { "Or use another account" }
    }))
}

/// Why a user who signed in at the provider must sign in here too.
fn proof(link: &PendingLink, provider: &str) -> Markup {
    html! {
        h1 { "Is this your account?" }
        p.lead {
            strong { (page::email(&link.email)) } " already has an account here. Sign in to it once with its password. After that, "
            strong { (provider) } " is enough to sign in."
        }
    }
}

/// The notice after a failed sign-in, whatever the reason.
const fn wrong(name: &SignInName) -> &'static str {
    match name {
        SignInName::Email(_) => "The e-mail address or the password is wrong.",
        SignInName::Username(_) => "The name or the password is wrong.",
    }
}

/// A mistake as a sentence of its own.
pub(crate) fn sentence(name: &str, mistake: &str) -> String {
    let label = match name {
        "email" => "The e-mail address",
        "password" => "The password",
        _ => "The name",
    };
    format!("{label} {mistake}.")
}
