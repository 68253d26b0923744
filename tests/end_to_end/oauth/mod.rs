//! Apps, tokens and metadata.

mod apps;
mod client_keys;
mod code;
mod device;
pub mod introspect;
mod key_revocation;
mod key_servers;
mod logout;
pub mod metadata;
mod mistakes;
mod pushed;
mod refresh;
mod revoke;
mod token;
mod userinfo;
