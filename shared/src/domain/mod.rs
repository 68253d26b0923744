//! The domain, without AWS, HTTP or a clock: types, decisions and tokens.

pub mod actor;
pub mod audit;
pub mod authorization;
pub mod brand;
pub mod client;
pub mod contact;
pub mod crypto;
pub mod delivery;
pub mod email_link;
pub mod event;
pub mod input;
pub mod mail;
pub mod oauth;
pub mod password;
pub mod quota;
pub mod rate_limit;
pub mod session;
pub mod token;
pub mod types;
pub mod upstream;
pub mod user;
pub mod user_key;
pub mod webhook;
