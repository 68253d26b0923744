//! What two or more Driftwood functions need.
//!
//! The layers are strict: entities and [`oauth`] know neither AWS nor Lambda, [`store`] is the only place that knows
//! DynamoDB, [`http`] and [`lambda`] the only ones that know `lambda_http`, and [`app`] puts all together once a process.

pub mod account;
pub mod address;
pub mod app;
pub mod app_view;
pub mod authorization;
pub mod authorization_code;
pub mod authorization_request;
pub mod brand;
pub mod browser_session;
pub mod caller;
pub mod client_assertion;
pub mod client_authentication;
pub mod client_document;
pub mod client_id;
pub mod client_keys;
pub mod client_metadata;
pub mod clock;
pub mod config;
pub mod consent;
pub mod contact;
pub mod contact_view;
pub mod device_authorization;
pub mod email;
pub mod fault;
pub mod fetch;
pub mod form;
pub mod http;
pub mod id;
pub mod in_use;
pub mod keyring;
pub mod lambda;
pub mod limit;
pub mod oauth;
pub mod oauth_app;
pub mod password;
pub mod paths;
pub mod person_claims;
pub mod pushed_request;
pub mod random;
pub mod refresh;
pub mod registration;
pub mod registration_token;
pub mod secret;
pub mod secrets_manager;
pub mod session;
pub mod sign_in;
pub mod sign_out;
pub mod store;
pub mod text;
pub mod theft;
pub mod throttle;
pub mod token;
pub mod user;
