//! User keys.

use serde_json::json;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{display_name, new_password, password};
use crate::Service;
use crate::model::{Caller, Dialect, Field, constant, field, integer, object, optional, post, string};

pub(super) fn area(service: &Service) -> Area {
    Area {
        name: "User keys",
        about: "Scripts sign in with a key and its secret, and use a refresh token that does not change.",
        operations: vec![
            post("/register", "key-register", "Create a user key", Dialect::Resource)
                .about("Registers a user with this name and a key. With a user's access token, adds a key to that user instead.")
                .by(Caller::UserOrAnonymous)
                .takes(object([
                    optional("user_id", string().with("maxLength", 254))
                        .about("The name of a new user: letters, digits, dots, hyphens and underscores"),
                    field("user_secret", new_password(service))
                        .about("The password of a new user, or the secret of an additional key"),
                    optional("key_name", display_name()).about("A name for the key"),
                ]))
                .example(json!({"user_id": "ada", "user_secret": "your-secure-password"}))
                .gives_json(object([field("user_key", string())]), "The user key.")
                .refuses([ApiCode::RecentSignInRequired, ApiCode::ProviderRequired, ApiCode::UsernameTaken, ApiCode::TooManyKeys, ApiCode::Conflict, ApiCode::RateLimited]),
            post("/authenticate", "key-authenticate", "Sign in with a user key", Dialect::Resource)
                .takes(object([field("user_key", string()), field("user_secret", password())]))
                .example(json!({"user_key": "dw_uk_…", "user_secret": "your-secure-password"}))
                .gives_json(object(access()).and([field("refresh_token", string())]), "The tokens.")
                .refuses([ApiCode::InvalidCredentials, ApiCode::ProviderRequired, ApiCode::RateLimited]),
            post("/refresh", "key-refresh", "Get another access token", Dialect::Resource)
                .about("The refresh token does not change.")
                .takes(object([field("refresh_token", string())]))
                .example(json!({"refresh_token": "dw_rt_…"}))
                .gives_json(object(access()), "The access token.")
                .refuses([ApiCode::InvalidRefreshToken]),
        ],
    }
}

fn access() -> [Field; 3] {
    [
        field("access_token", string()).about("A JWT (RFC 9068)"),
        field("token_type", constant("Bearer")),
        field("expires_in", integer().with("minimum", 1)).about("The lifetime of the access token, in seconds"),
    ]
}
