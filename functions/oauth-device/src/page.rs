//! The page on which a user types the code that another device shows.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::domain::authorization::device::{DeviceAuthorization, UserCode};
use shared::domain::authorization::{AuthorizationId, AuthorizationRequest, PendingAuthorization, ResponseTarget};
use shared::domain::oauth::prompt::Prompt;
use shared::domain::types::timestamp::Timestamp;
use shared::http::error::page::PageError;
use shared::http::page::form_guard::{FIELD, FormGuard, FormUse, hidden};
use shared::http::page::{Field, Page, notice, retry_later, see_other};
use shared::http::{Request, Response};
use shared::paths::{AUTHORIZE_CONTINUE, DEVICE};
use shared::service::attempt;
use shared::service::throttle::{self, Throttled};

const FORM: FormUse<'static> = FormUse { purpose: "device", session: None };

/// What the page shows beside the form.
#[derive(Default)]
struct Attempt {
    status: StatusCode,
    typed: String,
    mistake: Option<&'static str>,
    notice: Option<&'static str>,
}

/// Shows the form. A code in the address is filled in, but the user must confirm it (RFC 8628 §3.3.1).
pub(crate) async fn show(app: &App, request: &Request) -> Result<Response, PageError> {
    let fields = request.query_fields()?;
    let code = fields.text("user_code").ok().flatten().and_then(UserCode::parse);
    let typed = code.map(|code| code.to_string()).unwrap_or_default();
    page(app, request, Attempt { typed, ..Attempt::default() }).await
}

/// Finds the device authorization of the code and redirects to the sign-in and consent pages. The attempt is counted first,
/// because the code is short (RFC 8628 §5.1).
pub(crate) async fn submit(app: &App, request: &Request) -> Result<Response, PageError> {
    let now = app.clock.now();
    let fields = request.form()?;
    let guard = FormGuard::of(app, &request.head).await?;
    let token = fields.text(FIELD).ok().flatten();
    guard.check(app, &request.head, token, FORM, Some(DEVICE.to_owned())).await?;
    let typed = fields.text("user_code").ok().flatten().unwrap_or_default();
    let Some(code) = UserCode::parse(typed) else {
        let mistake = Some(UserCode::FORM);
        let typed = typed.chars().take(20).collect();
        return page(app, request, Attempt { status: StatusCode::BAD_REQUEST, typed, mistake, notice: None }).await;
    };
    let typed = code.to_string();
    match throttle::charge_device(app, &attempt::Attempt::new(request.origin(), now)).await {
        Ok(()) => {}
        Err(Throttled::TooMany(wait)) => {
            let notice = Some("Too many codes were tried from your network. Wait a few minutes, then try again.");
            let attempt = Attempt { status: StatusCode::TOO_MANY_REQUESTS, typed, mistake: None, notice };
            return Ok(retry_later(page(app, request, attempt).await?, wait));
        }
        Err(Throttled::Fault(fault)) => return Err(fault.into()),
    }
    let asked = app.stores.authorizations.find_device(code).await?.filter(|asked| asked.is_open(now));
    let Some(asked) = asked else {
        let mistake = Some(
            "This code is wrong, used or expired. Compare it with the code on your device, or get a new one there.",
        );
        return page(app, request, Attempt { status: StatusCode::BAD_REQUEST, typed, mistake, notice: None }).await;
    };
    let pending = pending(asked, now);
    app.stores.authorizations.begin(&pending).await?;
    Ok(see_other(&format!("{AUTHORIZE_CONTINUE}?authorization={}", pending.id)))
}

/// The device authorization as a pending authorization.
fn pending(asked: DeviceAuthorization, now: Timestamp) -> PendingAuthorization {
    let request = AuthorizationRequest {
        client_id: asked.client_id,
        response_target: ResponseTarget::Device(asked.user_code),
        names_redirect_uri: false,
        scopes: asked.scopes,
        resource: asked.resource,
        nonce: None,
        code_challenge: None,
        prompt: Prompt::default(),
        max_age: None,
        login_hint: None,
        hinted_user: None,
    };
    PendingAuthorization {
        id: AuthorizationId::generate(now),
        request,
        session_id: None,
        created_at: now,
        ends_at: asked.ends_at,
        answered_at: None,
    }
}

async fn page(app: &App, request: &Request, attempt: Attempt) -> Result<Response, PageError> {
    let guard = FormGuard::of(app, &request.head).await?;
    let token = guard.token(app, FORM).await?;
    let is_given = attempt.status.is_success() && !attempt.typed.is_empty();
    let content = html! {
        h1 { "Connect a device" }
        p.lead {
            @if is_given { "Is this the code that your device shows? If it is not, or if you did not start this yourself, close this page." }
            @else { "Type the code that your device shows." }
        }
        @if let Some(text) = attempt.notice { (notice(text)) }
        form method="post" action=(DEVICE) {
            (hidden(&token, &[]))
            (Field {
                name: "user_code", label: "Code", kind: "text", autocomplete: "off", value: &attempt.typed,
                mistake: attempt.mistake, is_first: !is_given, is_code: true, ..Field::default()
            }.markup())
            button.block.main type="submit" { @if is_given { "The codes match" } @else { "Continue" } }
        }
    };
    let title = if attempt.status.is_success() { "Connect a device" } else { "Error: Connect a device" };
    let page = Page { status: attempt.status, title, content, is_wide: false };
    let mut response = page.response(&app.config.brand);
    guard.remember(&mut response);
    Ok(response)
}
