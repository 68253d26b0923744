//! What two or more Driftwood functions need.
//!
//! Four layers, and nothing imports from a layer above its own:
//!
//! - [`lambda`] runs a handler, and [`service`] has what handlers call: one verb per flow;
//! - [`http`] reads requests and makes replies: error dialects, pages, views;
//! - [`app`] builds once per process what the flows depend on: [`upstream`], [`keys`], [`store`] on [`dynamodb`] and [`aws`],
//!   [`fetch`], [`config`];
//! - [`domain`] is pure: types, decisions and tokens, without AWS, HTTP or a clock.
//!
//! [`clock`], [`fault`], [`log`], [`net`] and [`paths`] are leaves. A test checks the layers (`tests/end_to_end/platform/layers.rs`).

pub mod app;
pub mod aws;
pub mod clock;
pub mod config;
pub mod domain;
pub mod dynamodb;
pub mod fault;
pub mod fetch;
pub mod http;
pub mod keys;
pub mod lambda;
pub mod log;
pub mod net;
pub mod paths;
pub mod service;
pub mod store;
pub mod upstream;
