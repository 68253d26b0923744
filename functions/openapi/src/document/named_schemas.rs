//! The named schemas of the document.

use super::discovery::{resource_metadata, server_metadata};
use super::events::event;
use super::management::config;
use super::registration::registered_client;
use super::schemas::{app, attributes, audit_event, contact, tokens, user, user_record};
use super::webhooks::{new_webhook, webhook};
use crate::Service;
use crate::model::{Schema, any_object, field, list, named, object, one_of, optional, string};

/// All named schemas.
pub(super) fn all(service: &Service) -> Vec<(&'static str, Schema)> {
    vec![
        ("Tokens", object(tokens())),
        ("SignedIn", object(tokens()).and([field("user", named("User"))])),
        ("User", user()),
        ("UserRecord", user_record()),
        ("App", app()),
        (
            "NewApp",
            app().and([optional("client_secret", string()).about("Returned once; absent if the app needs no secret")]),
        ),
        ("AppConfig", config()),
        ("Webhook", webhook()),
        ("NewWebhook", new_webhook()),
        ("Event", event()),
        ("Contact", contact()),
        ("Attributes", attributes()),
        ("AuditEvent", audit_event()),
        ("Scope", one_of(service.scopes.names())),
        ("KeySet", object([field("keys", list(any_object()))])),
        ("RegisteredClient", registered_client()),
        ("ServerMetadata", server_metadata()),
        ("ResourceMetadata", resource_metadata()),
    ]
}
