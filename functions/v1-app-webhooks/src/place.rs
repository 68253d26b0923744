//! What a path is about: all webhooks of an app, one of them, its secret, a test of it or what is sent to it again.

use shared::domain::webhook::WebhookId;
use shared::http::error::api::ApiError;
use shared::paths::APPS;

/// What a path is about, with the text where a webhook's id should be.
#[derive(Clone, Copy)]
pub(crate) enum Place<'p> {
    /// All webhooks of the app.
    All,
    /// One of them.
    One(&'p str),
    /// The secret of one.
    Secret(&'p str),
    /// A test of one.
    Test(&'p str),
    /// What is sent to one again.
    Resend(&'p str),
}

impl<'p> Place<'p> {
    /// Reads a path of this endpoint: `/api/v1/apps/{appId}/webhooks`, or one below it.
    pub(crate) fn of(path: &'p str) -> Self {
        // After the app's id and `webhooks`.
        let mut parts = path.strip_prefix(APPS).unwrap_or_default().split('/').skip(3);
        match (parts.next(), parts.next()) {
            (None, _) => Self::All,
            (Some(id), None) => Self::One(id),
            (Some(id), Some("secret")) => Self::Secret(id),
            (Some(id), Some("test")) => Self::Test(id),
            (Some(id), Some(_)) => Self::Resend(id),
        }
    }
}

/// The webhook's id in a path.
pub(crate) fn id(text: &str) -> Result<WebhookId, ApiError> {
    WebhookId::parse(text).ok_or_else(no_such_webhook)
}

pub(crate) fn no_such_webhook() -> ApiError {
    ApiError::not_found("The app has no such webhook")
}
