//! Driftwood's pages as users see them: in Chromium, with an app that waits for the response.

mod account_changes;
mod account_deletion;
mod api_reference;
mod consent_at_an_api;
mod devices;
mod dynamic_registration;
mod first_day;
mod harness;
mod keyboard;
mod messages;
mod not_me;
mod reclaimed_account;
mod recovery;
mod upstream_provider;
mod user_keys;
mod verification;
mod webhooks;
mod without_scripts;
