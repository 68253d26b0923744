//! The endpoints for operators.

use serde_json::json;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{cursor, limit, next_cursor};
use crate::model::{Caller, Operation, api, email, field, list, named, object, optional, uuid};

pub(super) fn area() -> Area {
    Area {
        name: "Operators",
        about: "Operators manage the users of all accounts. The parameter AdminUserIds lists the operators.",
        operations: vec![
            api("users-list", "List users")
                .by(Caller::Operator)
                .takes(object([
                    limit(),
                    cursor(uuid()),
                    optional("email", email()).about("Only the user with this address"),
                ]))
                .example(json!({"limit": 20}))
                .gives(
                    object([field("users", list(named("UserRecord"))), next_cursor(uuid())]),
                    "One page, newest first.",
                ),
            about_one(
                api("users-disable", "Disable a user"),
                "Disables a user and revokes their sessions permanently. Their apps stop working.",
            )
            .refuses([ApiCode::Conflict]),
            about_one(
                api("users-enable", "Enable a user"),
                "Enables a user: they can sign in again, and their apps work again.",
            ),
            about_one(
                api("users-verify", "Mark a user's e-mail address as verified"),
                "The operator knows that the address is the user's, for example where no mail is sent. Nothing else changes.",
            )
            .refuses([ApiCode::Conflict]),
        ],
    }
}

fn about_one(operation: Operation, about: &'static str) -> Operation {
    operation
        .about(about)
        .by(Caller::Operator)
        .takes(object([field("id", uuid()).about("The user's id")]))
        .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f"}))
        .gives(object([field("user", named("UserRecord"))]), "The changed user.")
        .refuses([ApiCode::NotFound])
}
