//! A user's profile.

use serde_json::json;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{display_name, locale, new_password, password};
use crate::Service;
use crate::model::{Caller, any_of, api, email, field, named, object, optional, string};

pub(super) fn area(service: &Service) -> Area {
    Area {
        name: "Profile",
        about: "Users change their name, language, password and e-mail address.",
        operations: vec![
            api("users-update", "Change name and language")
                .about("Changes only the fields in the body.")
                .by(Caller::UserScope(Scope::USER_WRITE))
                .takes(object([
                    optional("name", display_name()),
                    optional("locale", locale()).about("A language tag (BCP 47)"),
                ]))
                .example(json!({"name": "Your Name", "locale": "en"}))
                .gives(object([field("user", named("User"))]), "The changed user.")
                .refuses([ApiCode::Conflict]),
            api("auth-change-password", "Change the password")
                .about("Every other session of the user ends.")
                .by(Caller::User)
                .takes(object([field("current_password", password()), field("new_password", new_password(service))]))
                .example(json!({"current_password": "your-secure-password", "new_password": "another-secure-password"}))
                .gives(object([]), "The password is changed.")
                .refuses([ApiCode::Conflict, ApiCode::RateLimited]),
            api("auth-change-email", "Change the e-mail address")
                .about("With new_email, sends a link to the user's new address. With the token of that link, and an access token of the same user, changes the address.")
                .by(Caller::User)
                .takes(object([
                    optional("new_email", email()),
                    optional("password", password()).about("Required with new_email"),
                    optional("token", string()).about("The token of the mailed link"),
                ]))
                .example(json!({"new_email": "me@example.com", "password": "your-secure-password"}))
                .gives(
                    any_of([object([]), object([field("user", named("User"))])]),
                    "An empty result if a mail is sent, or the user with their new address.",
                )
                .refuses([ApiCode::InvalidLink, ApiCode::EmailTaken, ApiCode::MailNotConfigured])
                .refuses([ApiCode::Conflict, ApiCode::RateLimited]),
        ],
    }
}
