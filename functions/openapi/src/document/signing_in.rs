//! Registering, signing in, getting back in, signing out.

use serde_json::json;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{display_name, new_password, password};
use crate::Service;
use crate::model::{Caller, any_of, api, constant, email, field, flag, named, object, optional, text};

pub(super) fn area(service: &Service) -> Area {
    let user = json!({"email": "you@example.com", "password": "your-secure-password", "name": "Your Name"});
    let nothing = || object([]);
    let mailed = || text().with("minLength", 1);
    Area {
        name: "Signing in",
        about: "Users register, sign in, get back in and sign out.",
        operations: vec![
            api("auth-register", "Register")
                .about("Makes a user, their account and their first session. The first user of an account is its owner.")
                .takes(object([
                    field("email", email()),
                    field("password", new_password(service))
                        .about("Not one that is tried first, and without the e-mail address or the name"),
                    field("name", display_name()),
                ]))
                .example(user)
                .gives(named("SignedIn"), "They are signed in.")
                .refuses([ApiCode::EmailTaken, ApiCode::RateLimited]),
            api("auth-login", "Sign in")
                .about("A wrong address and a wrong password are one answer.")
                .takes(object([field("email", email()), field("password", password())]))
                .example(json!({"email": "you@example.com", "password": "your-secure-password"}))
                .gives(named("SignedIn"), "They are signed in.")
                .refuses([ApiCode::InvalidCredentials, ApiCode::RateLimited]),
            api("auth-refresh-token", "Exchange a refresh token for new tokens")
                .about("The old refresh token is spent. For a moment it still gives the same successor, so that a lost answer signs nobody out; used later, it ends the session.")
                .takes(object([field("refresh_token", text())]))
                .example(json!({"refresh_token": "dw_rt_…"}))
                .gives(named("Tokens"), "The new tokens.")
                .refuses([ApiCode::InvalidRefreshToken]),
            api("auth-logout", "Sign out")
                .about("Ends this session, or all of the user's. Its tokens stop working at once.")
                .by(Caller::User)
                .takes(object([optional("everywhere", flag()).about("Ends all of their sessions")]))
                .example(json!({}))
                .gives(nothing(), "They are signed out."),
            api("auth-verify-email", "Verify an e-mail address")
                .about("With token, verifies the address that it was mailed to. Without, mails one to whoever is signed in.")
                .by(Caller::UserOrLink)
                .takes(object([optional("token", text()).about("The token of the mailed link")]))
                .example(json!({"token": "dw_ml_…"}))
                .gives(
                    any_of([
                        object([field("email_verified", constant(true))]),
                        object([field("email_verified", flag()), field("sent", flag())]),
                    ]),
                    "The address is verified, or a mail is on its way.",
                )
                .refuses([ApiCode::InvalidLink, ApiCode::MailNotConfigured, ApiCode::Conflict, ApiCode::RateLimited]),
            api("auth-forgot-password", "Ask for a new password")
                .about("Mails a link to choose one, if the address is somebody's. The answer is the same if it is not.")
                .takes(object([field("email", email())]))
                .example(json!({"email": "you@example.com"}))
                .gives(nothing(), "If the address is somebody's, a mail is on its way.")
                .refuses([ApiCode::MailNotConfigured, ApiCode::RateLimited]),
            api("auth-reset-password", "Choose a new password")
                .about("By the token of the link that was mailed. Every session of the user ends.")
                .takes(object([field("token", mailed()), field("password", new_password(service))]))
                .example(json!({"token": "dw_ml_…", "password": "another-secure-password"}))
                .gives(nothing(), "The password is changed.")
                .refuses([ApiCode::InvalidLink, ApiCode::Conflict]),
        ],
    }
}
