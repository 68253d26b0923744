//! What a client may learn about a user: in an ID token and at userinfo alike (OpenID Connect Core §5.4).

use crate::domain::oauth::scope::{Scope, ScopeSet};
use crate::domain::token::id_token::PersonClaims;
use crate::domain::user::User;

/// What these scopes tell about a user.
pub fn user_claims(user: &User, scopes: &ScopeSet) -> PersonClaims {
    let (profile, email) = (scopes.contains(Scope::PROFILE), scopes.contains(Scope::EMAIL));
    PersonClaims {
        name: profile.then(|| user.name.as_str().to_owned()),
        preferred_username: user.username.as_ref().filter(|_| profile).map(|username| username.as_str().to_owned()),
        email: user.email.as_ref().filter(|_| email).map(|email| email.as_str().to_owned()),
        email_verified: user.email.as_ref().filter(|_| email).map(|_| user.is_email_verified()),
        locale: user.locale.as_ref().filter(|_| profile).map(|locale| locale.as_str().to_owned()),
    }
}
