//! User keys.

use serde_json::json;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{display_name, new_password, password};
use crate::Service;
use crate::model::{Caller, Dialect, Field, constant, field, integer, object, optional, post, text};

pub(super) fn area(service: &Service) -> Area {
    Area {
        name: "User keys",
        about: "Scripts sign in with a key and a secret, and keep a refresh token that stays as it is.",
        operations: vec![
            post("/register", "key-register", "Make a user key", Dialect::Resource)
                .about("Makes a user with this name and an account of their own. With a user's access token it adds a key to that user instead.")
                .by(Caller::UserOrAnonymous)
                .takes(object([
                    optional("user_id", text().with("maxLength", 254))
                        .about("The name of a new user: letters, digits, dots, hyphens and underscores"),
                    field("user_secret", new_password(service))
                        .about("Of a new user, their password; of a further key, its own secret"),
                    optional("key_name", display_name()).about("What to call the key"),
                ]))
                .example(json!({"user_id": "ada", "user_secret": "your-secure-password"}))
                .gives_json(object([field("user_key", text())]), "The key.")
                .refuses([ApiCode::UsernameTaken, ApiCode::TooManyKeys, ApiCode::Conflict, ApiCode::RateLimited]),
            post("/authenticate", "key-authenticate", "Sign in with a user key", Dialect::Resource)
                .takes(object([field("user_key", text()), field("user_secret", password())]))
                .example(json!({"user_key": "dw_uk_…", "user_secret": "your-secure-password"}))
                .gives_json(object(access()).and([field("refresh_token", text())]), "The tokens.")
                .refuses([ApiCode::InvalidCredentials, ApiCode::RateLimited]),
            post("/refresh", "key-refresh", "Get another access token", Dialect::Resource)
                .about("The refresh token stays as it is.")
                .takes(object([field("refresh_token", text())]))
                .example(json!({"refresh_token": "dw_rt_…"}))
                .gives_json(object(access()), "The access token.")
                .refuses([ApiCode::InvalidRefreshToken]),
        ],
    }
}

fn access() -> [Field; 3] {
    [
        field("access_token", text()).about("A JWT (RFC 9068)"),
        field("token_type", constant("Bearer")),
        field("expires_in", integer().with("minimum", 1)).about("In seconds"),
    ]
}
