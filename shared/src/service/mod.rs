//! What functions call: one verb per flow.

pub mod attempt;
pub mod authorization_request;
pub mod caller;
pub mod client;
pub mod counted_sign_in;
pub mod delivery;
pub mod email_link;
pub mod event_recording;
pub mod not_me;
pub mod notice;
pub mod operator;
pub mod operator_reads;
pub mod operator_request;
pub mod password;
pub mod session;
pub mod throttle;
pub mod upstream_linking;
pub mod user;
pub mod verified_email;
pub mod webhook;
