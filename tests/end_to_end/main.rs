//! The whole server in one process, driven over HTTP; the folders mirror the endpoints.

mod account;
mod auth;
mod authorize;
mod clients;
mod contacts;
mod documents;
mod harness;
mod mail;
mod oauth;
mod platform;
mod registration;
