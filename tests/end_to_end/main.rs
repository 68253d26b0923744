//! The whole server in one process, driven over HTTP; the folders mirror the endpoints.

mod account;
mod audit;
mod auth;
mod authorize;
mod clients;
mod contacts;
mod deletion;
mod documents;
mod events;
mod harness;
mod keys;
mod mail;
mod management;
mod oauth;
mod operators;
mod ownership;
mod platform;
mod quotas;
mod recovery;
mod registration;
mod upstream;
mod versions;
mod webhooks;
