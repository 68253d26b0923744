//! The OAuth protocol, a small file for each concept; nothing here knows AWS.

pub mod client_auth;
pub mod error;
pub mod grant_type;
pub mod redirect_uri;
pub mod scope;
