//! Who comes back: somebody we know by the provider, somebody new, or somebody who has to prove first that an account is
//! theirs.

use shared::app::App;
use shared::fault::Fault;
use shared::http::Request;
use shared::http::authorize_error::AuthorizeError;
use shared::http::page_error::PageError;
use shared::paths::SIGN_IN;
use shared::registration::Registration;
use shared::session::SessionId;
use shared::sign_in;
use shared::sign_in_name::SignInName;
use shared::signed_in::BrowserSignIn;
use shared::store::{Newcomer, Registered};
use shared::throttle::{self, Throttled};
use shared::upstream::claims::UpstreamClaims;
use shared::upstream::identity::UpstreamIdentity;
use shared::upstream::openid::{Identified, Upstream};
use shared::upstream::pending_link::{PendingLink, PendingLinkId};
use shared::user::User;
use shared::visit::Visit;
use shared::{registration, upstream};

use crate::refusal;

/// How often somebody is looked for who appears and disappears all the time.
const TRIES: usize = 4;

/// Who it is.
pub(crate) enum Person {
    /// Somebody we know, who is not signed in yet.
    Known(Box<User>),
    /// Somebody new, who is.
    New(Box<BrowserSignIn>),
    /// Perhaps somebody whose e-mail address we know: the provider's word is not enough (OWASP ASVS 6.8.1).
    HasToProveIt(PendingLinkId),
}
