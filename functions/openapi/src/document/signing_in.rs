//! Registration, sign-in, password reset and sign-out.

use serde_json::json;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{display_name, new_password, password};
use crate::Service;
use crate::model::{Caller, any_of, api, constant, email, field, flag, named, object, optional, string};

pub(super) fn area(service: &Service) -> Area {
    let user = json!({"email": "you@example.com", "password": "your-secure-password", "name": "Your Name"});
    let nothing = || object([]);
    let mailed = || string().with("minLength", 1);
    Area {
        name: "Signing in",
        about: "Users register, sign in, reset their password and sign out.",
        operations: vec![
            api("auth-register", "Register")
                .about("Creates a user, their account and their first session. The first user of an account is its owner.")
                .takes(object([
                    field("email", email()),
                    field("password", new_password(service))
                        .about("Not a common password, and without the e-mail address and the name"),
                    field("name", display_name()),
                ]))
                .example(user)
                .gives(named("SignedIn"), "The user is signed in.")
                .refuses([ApiCode::ProviderRequired, ApiCode::EmailTaken, ApiCode::RateLimited]),
            api("auth-login", "Sign in")
                .about("A wrong address and a wrong password return the same error.")
                .takes(object([
                    field("email", email()),
                    field("password", password()),
                    optional("restore", flag()).about("Keeps an account that was deleted, and signs in"),
                ]))
                .example(json!({"email": "you@example.com", "password": "your-secure-password"}))
                .gives(named("SignedIn"), "The user is signed in.")
                .refuses([
                    ApiCode::InvalidCredentials,
                    ApiCode::ProviderRequired,
                    ApiCode::AccountDeleted,
                    ApiCode::Conflict,
                    ApiCode::RateLimited,
                ]),
            api("auth-refresh-token", "Exchange a refresh token for new tokens")
                .about("The old refresh token is spent. For a short time it still returns the same successor, so that a lost response signs no user out. If it is used later, the session is revoked.")
                .takes(object([field("refresh_token", string())]))
                .example(json!({"refresh_token": "dw_rt_…"}))
                .gives(named("Tokens"), "The new tokens.")
                .refuses([ApiCode::InvalidRefreshToken]),
            api("auth-logout", "Sign out")
                .about("Ends this session, or all sessions of the user. Their tokens are revoked at once.")
                .by(Caller::User)
                .takes(object([optional("everywhere", flag()).about("Ends all sessions of the user")]))
                .example(json!({}))
                .gives(nothing(), "The user is signed out."),
            api("auth-verify-email", "Verify an e-mail address")
                .about("With token, verifies the address to which the token was sent. With the user's access token as well, nothing else changes; without it, the mail alone proves the address, so everything that was set up before ends: the password, sessions, user keys, connected apps and linked providers. Without token, sends a link to the signed-in user.")
                .by(Caller::UserOrLink)
                .takes(object([optional("token", string()).about("The token of the mailed link")]))
                .example(json!({"token": "dw_ml_…"}))
                .gives(
                    any_of([
                        object([field("email_verified", constant(true))]),
                        object([field("email_verified", flag()), field("sent", flag())]),
                    ]),
                    "The address is verified, or a mail is sent.",
                )
                .refuses([ApiCode::InvalidLink, ApiCode::MailNotConfigured, ApiCode::Conflict, ApiCode::RateLimited]),
            api("auth-forgot-password", "Request a password reset")
                .about("A user who forgot their password requests a reset link. The response is the same if no user has the address.")
                .takes(object([field("email", email())]))
                .example(json!({"email": "you@example.com"}))
                .gives(nothing(), "If a user has the address, a mail is sent.")
                .refuses([ApiCode::MailNotConfigured, ApiCode::RateLimited]),
            api("auth-reset-password", "Set a new password")
                .about("Requires the token of the mailed link. Everything that was set up in the user's name before ends: sessions, user keys, connected apps and linked providers.")
                .takes(object([field("token", mailed()), field("password", new_password(service))]))
                .example(json!({"token": "dw_ml_…", "password": "another-secure-password"}))
                .gives(nothing(), "The password is changed.")
                .refuses([ApiCode::InvalidLink, ApiCode::Conflict]),
        ],
    }
}
