//! Operators.

use crate::app::App;
use crate::domain::session::Session;
use crate::domain::user::User;

/// Returns whether a user is an operator in this session: the configuration names them, their address is verified, and
/// they signed in in person. A user key or an app has no operator's rights, and neither has a user who registered with
/// an operator's address and does not receive its mail.
///
/// The configuration decides at each request, and never the type in a token.
pub fn is_operator(app: &App, user: &User, session: &Session) -> bool {
    app.config.is_admin(user.id) && user.is_email_verified() && session.is_in_person()
}
