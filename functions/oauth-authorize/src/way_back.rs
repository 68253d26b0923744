//! Whether an error goes back to the client at once.

use lambda_http::http::StatusCode;
use shared::domain::authorization::consent::Consent;
use shared::domain::client::Client;
use shared::domain::oauth::authorization_response::ResponseMode;
use shared::domain::oauth::redirect_uri::Place;
use shared::domain::user::User;
use shared::http::Request;
use shared::http::error::authorize::{AuthorizeError, Returned};
use shared::http::error::developers::ForDevelopers;
use shared::http::error::page::PageError;

/// How the browser of a request that no page was shown for goes back to the client.
///
/// Any client could use error responses as an open redirector: a link to this server that ends at an address of its choice
/// (RFC 9700 §4.11.2, OAuth 2.1 §7.13.2). So a browser is redirected to one that the operator does not vouch for only if
/// its user consented to the client before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WayBack {
    /// By a redirect.
    Redirect,
    /// By a link on a page, which the user may follow.
    Link,
}

impl WayBack {
    /// The way back of this request, whose browser has this user with this consent, if any.
    pub(crate) fn of(request: &Request, client: &Client, consent: Option<(&Consent, &User)>) -> Self {
        let is_agreed =
            consent.is_some_and(|(consent, user)| consent.is_to_app(user, &client.client_id, &client.identity()));
        // The address bar stays that of the page around a frame, and a page of ours would not be shown there.
        let is_framed = request.head.header("sec-fetch-dest").is_some_and(|place| place == "iframe");
        if client.standing.is_vouched_for() || is_agreed || is_framed { Self::Redirect } else { Self::Link }
    }

    /// The error on this way. A program on the user's machine is no place to lure them to.
    pub(crate) fn with(self, error: Returned, client: &Client) -> AuthorizeError {
        let (place, name) = (error.to.place(), &client.metadata.name);
        if self == Self::Redirect || place == Place::Loopback {
            return AuthorizeError::Return(Box::new(error));
        }
        let page = if error.code.needs_a_page() {
            let message = format!(
                "{name} asked whether you are signed in here. If you came from the app, you can go back to it. Nothing was allowed."
            );
            PageError::new(StatusCode::BAD_REQUEST, error.code.as_str(), "Go back to the app?", message)
        } else {
            PageError::bad_request(format!(
                "{name} sent you here, and it did not work: {}. If you came from the app, you can go back to it. Nothing was allowed.",
                error.description
            ))
        };
        let page = page.for_developers(ForDevelopers::new(error.code, error.description.clone()));
        let page = match error.to.response_mode {
            ResponseMode::Query => page.leading_to(label(&error), error.address()),
            // The app takes the error in a form only: the user goes back to it themselves.
            ResponseMode::FormPost => page,
        };
        page.into()
    }
}

/// What the link says: where it leads.
fn label(error: &Returned) -> String {
    error.to.host().map_or_else(|| "Go back to the app".to_owned(), |host| format!("Go to {host}"))
}
