//! The OAuth protocol, a small file for each concept; nothing here depends on AWS.

pub mod authorization_response;
pub mod client_auth;
pub mod document_url;
pub mod error;
pub mod grant_type;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod redirect_uri_difference;
pub mod resource;
pub mod scope;
