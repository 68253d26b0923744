//! The data that an authorization response depends on.

use shared::domain::authorization::consent::Consent;
use shared::domain::client::Client;
use shared::domain::session::Session;
use shared::domain::user::User;

/// The parties of an authorization.
#[derive(Clone, Copy)]
pub(crate) struct Situation<'s> {
    pub(crate) client: &'s Client,
    pub(crate) session: &'s Session,
    pub(crate) user: &'s User,
    pub(crate) consent: Option<&'s Consent>,
    pub(crate) issuer: &'s str,
}
