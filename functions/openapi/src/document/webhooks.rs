//! The webhooks of apps, in the management API.

use lambda_http::http::Method;
use serde_json::json;
use shared::domain::oauth::scope::Scope;
use shared::domain::webhook::Webhook;
use shared::domain::webhook::api_version::ApiVersion;
use shared::domain::webhook::attempt::{Attempt, Outcome};
use shared::domain::webhook::event_types::EventTypes;
use shared::domain::webhook::resending::Which;
use shared::http::error::api::ApiCode;
use shared::service::client::management::PAGE;

use super::managed::managed;
use super::schemas::{cursor, limit_of, next_cursor};
use crate::model::{
    Answer, Content, Dialect, Header, Operation, Place, Schema, field, flag, get, integer, list, named, object, one_of,
    optional, post, string, time, uri, uuid,
};

const ALL: &str = "/api/v1/apps/{appId}/webhooks";
const ONE: &str = "/api/v1/apps/{appId}/webhooks/{webhookId}";
const SECRET: &str = "/api/v1/apps/{appId}/webhooks/{webhookId}/secret";
const TEST: &str = "/api/v1/apps/{appId}/webhooks/{webhookId}/test";
const RESEND: &str = "/api/v1/apps/{appId}/webhooks/{webhookId}/resend";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        managed(get(ALL, "v1-app-webhooks-get", "List an app's webhooks", Dialect::Resource), Scope::APP_READ).gives_json(
            object([field("webhooks", list(named("Webhook")).with("maxItems", Webhook::MOST))]),
            "All webhooks, oldest first.",
        ),
        managed(post(ALL, "v1-app-webhooks-post", "Create a webhook", Dialect::Resource), Scope::APP_WRITE)
            .about("Events of the accounts whose users consented to the app with event_read are sent to the address. The secret that signs them is returned in this response only.")
            .takes(object([field("url", url()), optional("types", types()).about("Required, unless the app has event_subscriptions, which are the default")]))
            .example(json!({"url": "https://receiver.example/driftwood", "types": ["order.*"]}))
            .answers(
                Answer::new(201, "The webhook and its secret.", Content::Json(named("NewWebhook")))
                    .header(Header::location("The URL of the webhook")),
            )
            .refuses([ApiCode::Forbidden, ApiCode::RecentSignInRequired, ApiCode::QuotaExceeded])
            .refuses([ApiCode::AppRevoked, ApiCode::Conflict]),
        of_one(get(ONE, "v1-app-webhooks-get-one", "Read a webhook and its last attempts", Dialect::Resource), Scope::APP_READ)
            .query([limit_of(Attempt::PAGE), cursor(uuid())])
            .answers(
                Answer::new(200, "The webhook, with one page of its attempts.", Content::Json(with_attempts()))
                    .header(Header::new("Link", "The link to the next page of attempts, if there is one (RFC 8288)").or_none()),
            ),
        changing(Operation::new(Method::PATCH, ONE, "v1-app-webhooks-patch", "Change a webhook", Dialect::Resource))
            .about("A merge patch: omitted settings do not change. To enable a webhook also forgets its failures, so that it is tried at once.")
            .takes_patch(object([optional("url", url()), optional("types", types()), optional("api_version", api_version()), optional("enabled", flag())]))
            .example(json!({"types": ["order.*", "job.finished"]}))
            .gives_json(named("Webhook"), "The changed webhook.")
            .refuses([ApiCode::RecentSignInRequired]),
        of_one(
            Operation::new(Method::DELETE, ONE, "v1-app-webhooks-delete", "Delete a webhook", Dialect::Resource),
            Scope::APP_WRITE,
        )
        .about("Nothing is sent to it any more, also of what waits.")
        .answers(Answer::new(204, "There is no such webhook.", Content::Nothing))
        .refuses([ApiCode::Forbidden, ApiCode::Conflict]),
        changing(post(SECRET, "v1-app-webhooks-secret", "Give a webhook a new secret", Dialect::Resource))
            .about("The secret is returned in this response only. The one before signs too for a day.")
            .gives_json(named("NewWebhook"), "The webhook and its new secret.")
            .refuses([ApiCode::RecentSignInRequired]),
        changing(post(TEST, "v1-app-webhooks-test", "Send a test to a webhook", Dialect::Resource))
            .about("A message of the type webhook.test is sent at once; what came of it is among the attempts of the webhook.")
            .answers(Answer::new(202, "The message will be sent.", Content::Json(object([
                field("id", uuid()).about("The id of the message, in the header webhook-id"),
            ])))),
        changing(post(RESEND, "v1-app-webhooks-resend", "Send messages to a webhook again", Dialect::Resource))
            .about("One message, or those that were attempted since some time, in the last seven days; exactly one of message_id and since. A message keeps its webhook-id. The same request again sends it once more.")
            .takes(object([
                optional("message_id", uuid()).about("The message_id of an attempt"),
                optional("since", time()).about("The time of the first attempt"),
                optional("which", one_of(Which::NAMES))
                    .about("With since: failed (the default) for the messages of which no attempt was taken, all for every message"),
            ]))
            .example(json!({"since": "2026-11-28T21:00:00Z"}))
            .answers(Answer::new(202, "The messages will be sent.", Content::Json(object([
                field("resent", integer().with("minimum", 0)).about("How many messages will be sent: about 500 at most"),
                field("next_since", time().or_null()).about("The since of the next request, if there are more"),
            ])))),
    ]
}

fn with_attempts() -> Schema {
    let attempts = list(attempt()).with("maxItems", *PAGE.end());
    webhook().and([field("attempts", attempts).about("The newest first"), next_cursor(uuid())])
}

/// An endpoint for one webhook.
fn of_one(operation: Operation, scope: &'static str) -> Operation {
    managed(operation, scope).parameter(Place::Path, field("webhookId", string()).about("The webhook's id"))
}

/// An endpoint that changes one webhook, or uses it.
fn changing(operation: Operation) -> Operation {
    of_one(operation, Scope::APP_WRITE).refuses([ApiCode::Forbidden, ApiCode::AppRevoked, ApiCode::Conflict])
}

fn url() -> Schema {
    uri().with("maxLength", 2048)
}

fn types() -> Schema {
    list(string().with("maxLength", 66)).with("minItems", 1).with("maxItems", EventTypes::MOST)
}

fn api_version() -> Schema {
    one_of(ApiVersion::ALL.map(ApiVersion::as_str))
}

/// A webhook.
pub(super) fn webhook() -> Schema {
    let disabled = object([
        field("why", one_of(["maker", "gone", "failed"]))
            .about("The app's maker disabled it, its receiver answered 410, or every attempt failed for five days"),
        field("since", time()),
    ]);
    let failing = object([
        field("since", time()).about("The first failure"),
        field("failures", integer().with("minimum", 1)),
        field("next_at", time()).about("Nothing is sent before"),
    ]);
    object([
        field("id", uuid()),
        field("url", uri()),
        field("types", list(string())).about("Types of events, the types below one such as order.*, or *"),
        field("api_version", api_version()).about("The shape of what is sent; a new webhook has the newest"),
        field("enabled", flag()),
        field("disabled", disabled.or_null()).about("null while it is enabled"),
        field("failing", failing.or_null()).about("null if the last attempt succeeded"),
        field("previous_secret_until", time().or_null()).about("Until then, the secret before signs too"),
        field("created_at", time()),
    ])
}

/// A webhook with its secret.
pub(super) fn new_webhook() -> Schema {
    webhook().and([field("secret", string()).about("Returned once")])
}

fn attempt() -> Schema {
    object([
        field("id", uuid()),
        field("message_id", string()).about("The webhook-id: the id of the event or of the test"),
        field("type", string()),
        field("at", time()),
        field("milliseconds", integer().with("minimum", 0)),
        field("status", integer().or_null()).about("null if the receiver did not answer"),
        field("body", string().with("maxLength", Outcome::LONGEST_BODY).or_null())
            .about("The first characters of the answer"),
        field("reason", string().or_null()).about("Why the receiver did not answer, or that the message was given up"),
    ])
}
