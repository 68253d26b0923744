//! The claims about a user, in an ID token and at userinfo (OpenID Connect Core §5.4).

use crate::domain::oauth::scope::{Scope, ScopeSet};
use crate::domain::token::id_token::UserClaims;
use crate::domain::user::User;

/// Returns the claims about a user that these scopes permit.
pub fn user_claims(user: &User, scopes: &ScopeSet) -> UserClaims {
    let (profile, email) = (scopes.contains(Scope::PROFILE), scopes.contains(Scope::EMAIL));
    UserClaims {
        name: profile.then(|| user.name.as_str().to_owned()),
        preferred_username: user.username.as_ref().filter(|_| profile).map(|username| username.as_str().to_owned()),
        email: user.email.as_ref().filter(|_| email).map(|email| email.as_str().to_owned()),
        email_verified: user.email.as_ref().filter(|_| email).map(|_| user.is_email_verified()),
        groups: scopes.contains(Scope::GROUPS).then(|| vec![user.role.as_str().to_owned()]),
        locale: user.locale.as_ref().filter(|_| profile).map(|locale| locale.as_str().to_owned()),
    }
}
