//! How a browser leaves our pages for a client.

use shared::domain::authorization::AuthorizationRequest;
use shared::http::error::authorize::Departure;

/// How it leaves once a page was shown: by a page that goes on by itself. A request that may show no page can be in an
/// invisible frame, where only a redirect works; it never comes from a form of ours.
pub(crate) const fn from_pages(asked: &AuthorizationRequest) -> Departure {
    if asked.prompt.none { Departure::Redirect } else { Departure::Page }
}
