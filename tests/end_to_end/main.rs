//! The whole server in one process, driven over HTTP; the folders mirror the endpoints.

mod auth;
mod contacts;
mod harness;
mod oauth;
mod platform;
