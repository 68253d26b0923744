//! The endpoints for operators.

use serde_json::json;
use shared::domain::mail::state::MailState;
use shared::http::error::api::ApiCode;

use super::area::Area;
use super::schemas::{cursor, limit, next_cursor};
use crate::model::{
    Caller, Operation, Schema, api, email, field, flag, integer, list, map, named, object, one_of, optional, string,
    time, uri, uuid,
};

pub(super) fn area() -> Area {
    Area {
        name: "Operators",
        about: "Operators manage the users of all accounts, and mails that are not sent. The parameter AdminUserIds lists the operators.",
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
            api("users-import", "Import users")
                .about(
                    "Imports users of another system, up to 100 lines in a request, each a JSON object. A line whose \
                     `import_id` was imported before changes nothing, so a request may be repeated.",
                )
                .by(Caller::Operator)
                .query([optional("dry_run", flag()).about("Checks the lines and writes nothing")])
                .takes_lines(imported_user())
                .example(json!([{
                    "import_id": "auth0|5dea9f9c82dd7c0e76e4ec93", "email": "ada@example.com", "email_verified": true,
                    "name": "Ada Lovelace",
                }]))
                .gives(import_report(), "The outcome of each line."),
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
            api("oauth-apps-review", "Review a client")
                .about(
                    "Shows a client as users see it, with its `identity`. With `standing`, stores the operator's decision on \
                     it: `first_party` for their own (users need not consent), `reviewed`, or `unreviewed`. The decision \
                     counts until the client's name, redirect URIs, keys, authentication method or logo change.",
                )
                .by(Caller::Operator)
                .takes(object([
                    field("client_id", string()),
                    optional("standing", one_of(STANDINGS)),
                    optional("identity", string()).about("What the operator saw; required with `standing`"),
                ]))
                .example(json!({"client_id": "dw_ci_01912d4e7b3a7c5f9e214d6b8a0c2e4f"}))
                .gives(object([field("client", client())]), "The client as it is now.")
                .refuses([ApiCode::NotFound, ApiCode::Conflict, ApiCode::RateLimited]),
            api("mails-list", "List mails that are not sent")
                .about(
                    "Lists the mails that were given up, newest first, or those that wait, in the order in which they are due. \
                     A mail that is sent is in neither list.",
                )
                .by(Caller::Operator)
                .takes(object([
                    optional("state", one_of(MAIL_STATES).with("default", "given_up")),
                    limit(),
                    cursor(string()),
                ]))
                .example(json!({"state": "given_up", "limit": 20}))
                .gives(object([field("mails", list(mail())), next_cursor(string())]), "One page."),
            api("mails-resend", "Send a mail again")
                .about(
                    "Puts a mail that was given up into the queue again, and it is sent at once. A mail whose link has expired is \
                     refused with `conflict`.",
                )
                .by(Caller::Operator)
                .takes(object([field("id", uuid()).about("The mail's id")]))
                .example(json!({"id": "01912d4e-7b3a-7c5f-9e21-4d6b8a0c2e4f"}))
                .gives(object([field("mail", mail())]), "The mail as it was put into the queue.")
                .refuses([ApiCode::NotFound, ApiCode::Conflict, ApiCode::MailNotConfigured]),
        ],
    }
}

/// What becomes of a mail that is not sent.
const MAIL_STATES: [&str; 2] = [MailState::NAMES[0].0, MailState::NAMES[1].0];

fn mail() -> Schema {
    object([
        field("id", uuid()),
        field("to", string()).about("The recipient's address"),
        field("message", string()).about("What the mail is, such as `reset_password`"),
        field("state", one_of(MAIL_STATES)),
        field("tries", integer()).about("The number of attempts"),
        field("created_at", time()),
        field("due_at", time().or_null()).about("When it is attempted next; null if it was given up"),
        field("gives_up_at", time()).about("From when on it is not attempted any more"),
        field("failure", string().or_null()).about("Why the latest attempt failed"),
    ])
}

/// What an operator thinks of a client.
const STANDINGS: [&str; 3] = ["first_party", "reviewed", "unreviewed"];

fn client() -> Schema {
    object([
        field("client_id", string()),
        field("name", string()),
        field("standing", one_of(STANDINGS)),
        field("identity", string()).about("Changes with everything that decides whom users deal with"),
        field("redirect_uris", list(string())),
        field("token_endpoint_auth_method", string()),
        optional("logo_uri", uri()),
        optional("client_uri", uri()),
        optional("policy_uri", uri()),
        optional("tos_uri", uri()),
        optional("created_by", uuid())
            .about("The user who made it; absent for one that registered itself or has a document"),
        field("created_at", time()),
        optional("reviewed_at", time()),
    ])
}

fn imported_user() -> Schema {
    let identity = object([field("issuer", uri()), field("subject", string().with("maxLength", 255))]);
    object([
        field("import_id", string().with("maxLength", 255)).about("The user's id in the other system"),
        optional("email", email()),
        optional("email_verified", flag()).about("Whether the other system verified the address"),
        optional("username", string().with("maxLength", 64)),
        optional("name", string().with("maxLength", 100)),
        optional("locale", string().with("maxLength", 35)),
        optional("created_at", time()).about("When the user registered in the other system"),
        optional("password_hash", string().with("maxLength", 300))
            .about("bcrypt, or a PHC string of argon2i, argon2id, scrypt, firebase-scrypt or pbkdf2"),
        optional("upstream", list(identity).with("minItems", 1).with("maxItems", 10))
            .about("The user's identities at OpenID providers"),
        optional("disabled", flag()).about("Whether the user may not sign in"),
    ])
}

fn import_report() -> Schema {
    let outcomes = ["imported", "importable", "exists", "refused"];
    object([
        field("dry_run", flag()),
        field("counts", object(outcomes.map(|outcome| field(outcome, integer())))),
        field(
            "lines",
            list(object([
                field("line", integer()).about("The number of the line in the body, from 1"),
                optional("import_id", string()),
                field("outcome", one_of(outcomes)),
                optional("user_id", uuid()).about("The user's id here"),
                optional("takes_email_from", uuid())
                    .about("The user who loses the address to this one, because they did not verify it"),
                optional("message", string()).about("What is wrong with the line"),
                optional("fields", map(string())).about("What is wrong with each field"),
            ])),
        ),
    ])
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
