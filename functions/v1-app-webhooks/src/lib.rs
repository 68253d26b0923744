//! `GET,POST /api/v1/apps/{appId}/webhooks`: the webhooks of an account's app; `GET,PATCH,DELETE` of each; and below it
//! `POST /secret`, `POST /test` and `POST /resend`.

mod change;
mod create;
mod input;
mod place;
mod read;
mod resend;
mod settings;
mod view;

use std::sync::Arc;

use lambda_http::http::Method;
use shared::app::App;
use shared::domain::oauth::scope::Scope;
use shared::http::error::resource::ResourceError;
use shared::http::methods::Methods;
use shared::http::{Request, Response};
use shared::keys::KeyUse;
use shared::lambda::Endpoint;
use shared::service::caller::Caller;

use crate::place::Place;
use crate::settings::Settings;

/// The endpoint.
pub fn endpoint() -> Endpoint {
    let keys = &[KeyUse::Published, KeyUse::Webhook];
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::AtPath(methods), handle).uses(keys)
}

fn methods(path: &str) -> &'static [Method] {
    match Place::of(path) {
        Place::All => &[Method::GET, Method::POST],
        Place::One(_) => &[Method::GET, Method::PATCH, Method::DELETE],
        Place::Secret(_) | Place::Test(_) | Place::Resend(_) => &[Method::POST],
    }
}

/// Handles the webhooks of an app. Reading needs `app_read`, everything else `app_write`.
pub async fn handle(app: Arc<App>, request: Request) -> Result<Response, ResourceError> {
    let caller = Caller::authenticate(&app, &request).await?;
    let method = &request.head.method;
    let is_read = *method == Method::GET;
    caller.require(&app, if is_read { Scope::APP_READ } else { Scope::APP_WRITE }).await?;
    let settings = Settings::load(&app, &caller, &request).await?;
    match (Place::of(&request.head.path), is_read) {
        (Place::All, true) => read::list(&settings).await,
        (Place::All, false) => create::create(&settings, &request).await,
        (Place::One(id), true) => read::one(&settings, place::id(id)?, &request).await,
        (Place::One(id), false) if *method == Method::DELETE => change::delete(&settings, place::id(id)?).await,
        (Place::One(id), false) => change::patch(&settings, place::id(id)?, &request).await,
        (Place::Secret(id), _) => change::rotate_secret(&settings, place::id(id)?).await,
        (Place::Test(id), _) => change::test(&settings, place::id(id)?).await,
        (Place::Resend(id), _) => resend::resend(&settings, place::id(id)?, &request).await,
    }
}
