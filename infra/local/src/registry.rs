//! Every function of the bundle: the HTTP endpoints, and the functions that streams and schedules call.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;
use shared::app::App;
use shared::fault::Fault;
use shared::keys::KeyUse;
use shared::lambda::{Endpoint, Event};

use crate::destinations::Destinations;

/// Runs such a function; what it returns is its response.
pub type Run = fn(Arc<App>, Destinations, Event) -> BoxFuture<'static, Result<Value, Fault>>;

/// One function of the bundle that streams and schedules call.
pub struct Background {
    /// The function's name.
    pub name: &'static str,
    /// The keys that it uses.
    pub keys: &'static [KeyUse],
    /// Runs it.
    pub run: Run,
}

impl Background {
    /// A function that uses these keys; what it sends goes to the destinations of this machine.
    pub const fn new(name: &'static str, keys: &'static [KeyUse], run: Run) -> Self {
        Self { name, keys, run }
    }
}

/// All functions that the local server runs without a request, in alphabetical order.
pub fn background() -> Vec<Background> {
    vec![
        Background::new("events-publish", &[], |app, destinations, event| {
            Box::pin(async move {
                let response = events_publish::handle(&app, &*destinations.event_bus, event).await?;
                serde_json::to_value(response).map_err(Fault::broken)
            })
        }),
        Background::new("events-record", &[], |app, _, event| {
            Box::pin(async move {
                let response = events_record::handle(app, event).await?;
                serde_json::to_value(response).map_err(Fault::broken)
            })
        }),
        Background::new("mail-send", mail_send::KEYS, |app, destinations, event| {
            Box::pin(async move { mail_send::handle(&app, &*destinations.mailbox, event).await.map(Value::from) })
        }),
        Background::new("users-purge", &[], |app, _, event| {
            Box::pin(async move { users_purge::handle(app, event).await.map(Value::from) })
        }),
        Background::new("webhooks-queue", &[], |app, _, event| {
            Box::pin(async move {
                let response = webhooks_queue::handle(app, event).await?;
                serde_json::to_value(response).map_err(Fault::broken)
            })
        }),
        Background::new("webhooks-send", webhooks_send::KEYS, |app, destinations, event| {
            Box::pin(async move { webhooks_send::handle(&app, &*destinations.internet, event).await.map(Value::from) })
        }),
    ]
}

/// All endpoints, in alphabetical order.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        account::endpoint(),
        audit_list::endpoint(),
        auth_change_email::endpoint(),
        auth_change_password::endpoint(),
        auth_forgot_password::endpoint(),
        auth_login::endpoint(),
        auth_logout::endpoint(),
        auth_refresh_token::endpoint(),
        auth_register::endpoint(),
        auth_reset_password::endpoint(),
        auth_verify_email::endpoint(),
        contacts_create::endpoint(),
        contacts_list::endpoint(),
        contacts_update::endpoint(),
        contacts_delete::endpoint(),
        events_create::endpoint(),
        events_list::endpoint(),
        key_authenticate::endpoint(),
        key_refresh::endpoint(),
        key_register::endpoint(),
        mails_list::endpoint(),
        mails_resend::endpoint(),
        not_found::endpoint(),
        oauth_apps_create::endpoint(),
        oauth_apps_list::endpoint(),
        oauth_apps_revoke::endpoint(),
        oauth_apps_rotate_secret::endpoint(),
        oauth_apps_update::endpoint(),
        oauth_authorize::endpoint(),
        oauth_callback::endpoint(),
        oauth_device::endpoint(),
        oauth_introspect::endpoint(),
        oauth_logout::endpoint(),
        oauth_metadata::endpoint(),
        oauth_par::endpoint(),
        oauth_register::endpoint(),
        oauth_revoke::endpoint(),
        oauth_token::endpoint(),
        oauth_userinfo::endpoint(),
        openapi::endpoint(),
        users_delete::endpoint(),
        users_disable::endpoint(),
        users_enable::endpoint(),
        users_verify::endpoint(),
        oauth_apps_review::endpoint(),
        users_export::endpoint(),
        users_import::endpoint(),
        users_list::endpoint(),
        users_update::endpoint(),
        v1_app_commands::endpoint(),
        v1_app_config::endpoint(),
        v1_app_webhooks::endpoint(),
        v1_apps::endpoint(),
        v1_me::endpoint(),
        v1_templates::endpoint(),
    ]
}
