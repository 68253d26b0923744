//! Clients: authentication, documents, management.

pub mod authentication;
pub mod creation;
pub mod document;
pub mod management;
pub mod retention;
