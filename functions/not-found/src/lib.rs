//! Requests without a route: a 404 in the dialect of the path.

use std::borrow::Cow;
use std::sync::Arc;

use shared::app::App;
use shared::domain::brand::Brand;
use shared::domain::input::refusal::Refusal;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::fault::{Cause, Fault};
use shared::http::error::Failure;
use shared::http::error::api::{ApiCode, ApiError};
use shared::http::error::resource::ResourceError;
use shared::http::methods::Methods;
use shared::http::{Head, Request, Response};
use shared::lambda::Endpoint;

/// The endpoint, which accepts every method.
pub fn endpoint() -> Endpoint {
    Endpoint::new(env!("CARGO_PKG_NAME"), Methods::Any, handle).any_origin()
}

/// Returns the 404.
pub async fn handle(_: Arc<App>, _: Request) -> Result<Response, NotFound> {
    Err(NotFound(ApiError::new(ApiCode::NotFound, "There is nothing at this path")))
}

/// An error whose dialect depends on the path.
#[derive(Debug)]
pub struct NotFound(ApiError);

impl From<Refusal> for NotFound {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl From<Fault> for NotFound {
    fn from(fault: Fault) -> Self {
        Self(fault.into())
    }
}

impl Failure for NotFound {
    fn code(&self) -> &'static str {
        self.0.code()
    }

    fn reason(&self) -> Cow<'_, str> {
        self.0.reason()
    }

    fn cause(&self) -> Option<&Cause> {
        self.0.cause()
    }

    fn into_response(self, head: &Head, brand: &Brand) -> Response {
        let speaks_oauth =
            ["/oauth2/", "/.well-known/", "/api/v1/auth/"].iter().any(|prefix| head.path.starts_with(prefix));
        let speaks_rest = ["/api/v1/", "/v2/"].iter().any(|prefix| head.path.starts_with(prefix));
        if speaks_oauth {
            OAuthError::new(OAuthCode::NotFound, "There is nothing at this path").into_response(head, brand)
        } else if speaks_rest {
            ResourceError::from(self.0).into_response(head, brand)
        } else {
            self.0.into_response(head, brand)
        }
    }
}
