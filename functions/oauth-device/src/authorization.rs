//! The device authorization request of an app on another device (RFC 8628 §3.1).

use lambda_http::http::StatusCode;
use serde_json::json;
use shared::app::App;
use shared::domain::authorization::device::{DeviceAuthorization, DeviceCode, UserCode};
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::resource::NO_AUDIENCE;
use shared::domain::types::id::WriteId;
use shared::fault::Fault;
use shared::http::{Request, Response, reply};
use shared::paths::DEVICE;
use shared::service::attempt::Attempt;
use shared::service::authorization_request::{asked_resource, asked_scopes};
use shared::service::client::authentication::PresentedClient;
use shared::service::throttle;

/// How often a new user code is generated if one is in use.
const TRIES: usize = 5;

/// Stores the app's request and returns the two codes: one batch read and one write.
pub(crate) async fn authorize(app: &App, request: &Request) -> Result<Response, OAuthError> {
    let now = app.clock.now();
    let parameters = request.parameters()?;
    let presented = PresentedClient::read(request, &parameters)?;
    let loaded = presented.load_to_begin(app).await?;
    let client = presented.verify_for(app, &loaded, GrantType::DeviceCode).await?;
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let resources =
        parameters.texts("resource").map_err(|_| OAuthError::invalid_request("resource must be a string"))?;
    if resources.is_empty() && parameters.has("audience") {
        return Err(OAuthError::invalid_request(NO_AUDIENCE));
    }
    let resource = asked_resource(app, client, resources.iter().map(String::as_str), &issuer)
        .map_err(|description| OAuthError::new(OAuthCode::InvalidTarget, description))?;
    let scopes = asked_scopes(app, client, parameters.parameter("scope")?, resource.as_deref())
        .map_err(|description| OAuthError::new(OAuthCode::InvalidScope, description))?;
    let attempt = Attempt::new(request.origin(), now);
    throttle::charge_client_request(app, client, loaded.creator.as_ref(), attempt).await?;
    for _ in 0..TRIES {
        let code = DeviceCode::generate(UserCode::generate());
        let asked = DeviceAuthorization {
            user_code: code.user_code(),
            hash: code.hash(),
            client_id: client.client_id.clone(),
            scopes: scopes.clone(),
            resource: resource.clone(),
            created_at: now,
            ends_at: now.after(DeviceAuthorization::LIFETIME),
            interval: DeviceAuthorization::INTERVAL,
            polled_at: None,
            answer: None,
            used_at: None,
            attempt: WriteId::generate(now),
        };
        if app.stores.authorizations.begin_device(&asked).await? {
            return Ok(answer(&code, &asked, &issuer));
        }
    }
    Err(Fault::unavailable("all user codes are in use").into())
}

/// RFC 8628 §3.2.
fn answer(code: &DeviceCode, asked: &DeviceAuthorization, issuer: &str) -> Response {
    let (user_code, page) = (asked.user_code.to_string(), format!("{issuer}{DEVICE}"));
    let answer = json!({
        "device_code": code.issue().expose(),
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": DeviceAuthorization::LIFETIME.as_secs(),
        "interval": asked.interval,
    });
    reply::json(StatusCode::OK, &answer)
}
