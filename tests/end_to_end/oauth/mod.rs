//! Apps, tokens and metadata.

mod apps;
mod code;
mod logout;
mod metadata;
mod refresh;
mod token;
mod userinfo;
