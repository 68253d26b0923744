//! Entities, as responses show them.

pub mod admin_user;
pub mod audit;
pub mod client;
pub mod contact;
pub mod event;
pub mod mail;
pub mod user;
pub mod webhook;
