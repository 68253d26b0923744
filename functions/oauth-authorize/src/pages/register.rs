//! The registration page.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::input::fields::Mistakes;
use shared::domain::session::id::SessionId;
use shared::domain::session::proof::AuthenticationMethod;
use shared::http::error::authorize::AuthorizeError;
use shared::http::page::form_guard::{FIELD, FormUse};
use shared::http::page::visit::Visit;
use shared::http::page::{Field, notice, retry_later, see_other};
use shared::http::{Request, Response};
use shared::paths::{REGISTER, SIGN_IN};
use shared::service::attempt;
use shared::service::session::browser_sign_in::{self, BrowserSignIn};
use shared::service::session::sign_in;
use shared::service::throttle::{self, Throttled};
use shared::service::user::registration::{self, Registration};

use super::provider::{self, purpose_line};
use super::sign_in::sentence;

/// What the page shows after a refused attempt.
#[derive(Default)]
struct Attempt {
    status: StatusCode,
    name: String,
    email: String,
    mistakes: Mistakes,
    notice: Option<&'static str>,
}

/// Shows the page.
pub(crate) async fn show(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let visit = Visit::of(app, request, &request.query_fields()?).await?;
    if provider::only(app) {
        return Ok(see_other(&visit.link_to(SIGN_IN)));
    }
    let email = visit.maybe_pending().and_then(|pending| pending.request.login_hint.clone()).unwrap_or_default();
    page(app, &visit, Attempt { email, ..Attempt::default() }).await
}

/// Registers a user: counts the attempt, hashes the password, and creates user, account and session or none of them.
pub(crate) async fn submit(app: &App, request: &Request) -> Result<Response, AuthorizeError> {
    let now = app.clock.now();
    let mut fields = request.form()?;
    let visit = Visit::of(app, request, &fields).await?;
    if provider::only(app) {
        return Ok(see_other(&visit.link_to(SIGN_IN)));
    }
    let purpose = visit.purpose("register");
    let token = fields.text(FIELD).ok().flatten();
    visit.browser.guard.check(app, &request.head, token, form_use(&purpose), visit.way_on()).await?;
    let typed = |name| fields.text(name).ok().flatten().unwrap_or_default().to_owned();
    let typed = Attempt { name: typed("name"), email: typed("email"), ..Attempt::default() };
    let registration = Registration::parse(&mut fields, app.config.password_policy);
    let registration = match fields.finish(|| registration) {
        Ok(registration) => registration,
        Err(mistakes) => {
            return page(app, &visit, Attempt { status: StatusCode::BAD_REQUEST, mistakes, ..typed }).await;
        }
    };
    match throttle::charge_registration(app, &attempt::Attempt::new(request.origin(), now)).await {
        Ok(()) => {}
        Err(Throttled::TooMany(wait)) => {
            let notice = Some("Too many registrations from your network. Wait a while, then try again.");
            let attempt = Attempt { status: StatusCode::TOO_MANY_REQUESTS, notice, ..typed };
            return Ok(retry_later(page(app, &visit, attempt).await?, wait));
        }
        Err(Throttled::Fault(fault)) => return Err(fault.into()),
    }
    if let Err(mistakes) = registration.ensure_unbreached(app).await {
        return page(app, &visit, Attempt { status: StatusCode::BAD_REQUEST, mistakes, ..typed }).await;
    }
    let (user, account) = registration.into_user(app, &request.device(), now).await?;
    let id = SessionId::generate(now);
    let (session, token) =
        sign_in::browser_session(app, &user, id, AuthenticationMethod::Secret, request.device(), now);
    let browser = Some(&visit.browser.known);
    if registration::register(app, &user, &account, &session, request, browser).await? {
        let begun = BrowserSignIn { session, token };
        return Ok(browser_sign_in::complete(app, &visit, &begun, request, see_other).await?);
    }
    let mistakes = Mistakes::from([("email", "is already registered; sign in instead".to_owned())]);
    page(app, &visit, Attempt { status: StatusCode::CONFLICT, mistakes, ..typed }).await
}

const fn form_use(purpose: &str) -> FormUse<'_> {
    FormUse { purpose, session: None }
}

async fn page(app: &App, visit: &Visit, attempt: Attempt) -> Result<Response, AuthorizeError> {
    let purpose = visit.purpose("register");
    let token = visit.browser.guard.token(app, form_use(&purpose)).await?;
    let mistake = |name| attempt.mistakes.get(name).map(|mistake| sentence(name, mistake));
    let (name, email, password) = (mistake("name"), mistake("email"), mistake("password"));
    // The focus is on the first field with a mistake, so that a screen reader announces it.
    let first =
        ["name", "email", "password"].into_iter().find(|name| attempt.mistakes.contains_key(name)).unwrap_or("name");
    let hint = format!("At least {} characters. A few words in a row work well.", app.config.password_policy.shortest);
    let content = html! {
        h1 { "Create your account" }
        p.lead { (purpose_line(app, visit)) }
        @if let Some(text) = attempt.notice { (notice(text)) }
        (provider::offer(app, visit).await?)
        form method="post" action=(REGISTER) {
            (visit.hidden(&token))
            (Field {
                name: "name", label: "Your name", kind: "text", autocomplete: "name", value: &attempt.name,
                mistake: name.as_deref(), is_first: first == "name", ..Field::default()
            }.markup())
            (Field {
                name: "email", label: "E-mail address", kind: "email", autocomplete: "username", value: &attempt.email,
                mistake: email.as_deref(), is_first: first == "email", ..Field::default()
            }.markup())
            (Field {
                name: "password", label: "Password", kind: "password", autocomplete: "new-password",
                mistake: password.as_deref(), hint: Some(&hint), is_first: first == "password", ..Field::default()
            }.markup())
            button.main.block type="submit" { "Create account" }
        }
        p.after { "Have an account? " a href=(visit.link_to(SIGN_IN)) { "Sign in" } }
    };
    Ok(visit.page(app, attempt.status, "Create your account", content))
}
