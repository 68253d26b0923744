//! What users change about themselves.

use serde_json::json;
use shared::domain::oauth::scope::Scope;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{display_name, locale, new_password, password};
use crate::Service;
use crate::model::{Caller, any_of, api, email, field, named, object, optional, text};

pub(super) fn area(service: &Service) -> Area {
    Area {
        name: "Profile",
        about: "Users change what there is about them.",
        operations: vec![
            api("users-update", "Change name and language")
                .about("Changes what the body names and nothing else.")
                .by(Caller::PersonsScope(Scope::USER_WRITE))
                .takes(object([
                    optional("name", display_name()),
                    optional("locale", locale()).about("A language tag (BCP 47)"),
                ]))
                .example(json!({"name": "Your Name", "locale": "en"}))
                .gives(object([field("user", named("User"))]), "The user as they are now.")
                .refuses([ApiCode::Conflict]),
            api("auth-change-password", "Change the password")
                .about("Every other session of the user ends.")
                .by(Caller::User)
                .takes(object([field("current_password", password()), field("new_password", new_password(service))]))
                .example(json!({"current_password": "your-secure-password", "new_password": "another-secure-password"}))
                .gives(object([]), "The password is changed.")
                .refuses([ApiCode::Conflict, ApiCode::RateLimited]),
            api("auth-change-email", "Change the e-mail address")
                .about("With new_email, mails a link to the new address of whoever is signed in. With the token of that link, changes the address.")
                .by(Caller::UserOrLink)
                .takes(object([
                    optional("new_email", email()),
                    optional("password", password()).about("Required with new_email"),
                    optional("token", text()).about("The token of the mailed link"),
                ]))
                .example(json!({"new_email": "me@example.com", "password": "your-secure-password"}))
                .gives(
                    any_of([object([]), object([field("user", named("User"))])]),
                    "A mail is on its way, or the user with their new address.",
                )
                .refuses([ApiCode::InvalidLink, ApiCode::EmailTaken, ApiCode::MailNotConfigured])
                .refuses([ApiCode::Conflict, ApiCode::RateLimited]),
        ],
    }
}
