//! A new app.

use lambda_http::http::StatusCode;
use lambda_http::http::header::LOCATION;
use shared::app::App;
use shared::domain::client::metadata::ClientMetadata;
use shared::domain::client::settings::{self, Defaults};
use shared::domain::client::template::AppTemplate;
use shared::domain::input::fields::Fields;
use shared::http::error::api::ApiError;
use shared::http::error::resource::ResourceError;
use shared::http::view::client::AppResource;
use shared::http::{Request, Response, reply};
use shared::paths::APPS;
use shared::service::caller::Caller;
use shared::service::client::management::AppManagement;

/// Creates an app and returns its secret once.
pub(crate) async fn create(
    app: &App,
    apps: &AppManagement<'_>,
    caller: &Caller,
    request: &Request,
) -> Result<Response, ResourceError> {
    let metadata = parse(request.json()?, caller, app)?;
    caller.ensure_can_delegate(&metadata.scopes)?;
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let (new, secret) = apps.create(metadata, caller.quotas(app)).await?;
    let mut response = reply::json(StatusCode::CREATED, &AppResource::with_secret(&new, secret.as_ref()));
    if let Some(id) = new.client_id.app_id() {
        reply::set(&mut response, LOCATION, &format!("{issuer}{APPS}/{id}"));
    }
    Ok(response)
}

/// Parses the settings. A template supplies the omitted ones; without a template the app gets the caller's own scopes.
fn parse(mut body: Fields, caller: &Caller, app: &App) -> Result<ClientMetadata, ApiError> {
    let template = body.optional("template", AppTemplate::require);
    let defaults = match template {
        Some(template) => template.defaults(&app.config.scopes),
        None => Defaults { scopes: caller.scopes().cloned().unwrap_or_default(), ..Defaults::default() },
    };
    let metadata = settings::read(&mut body, defaults, &app.config.scopes);
    Ok(body.finish(|| metadata)?)
}
