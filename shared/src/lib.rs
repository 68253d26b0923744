//! What two or more Driftwood functions need.
//!
//! The layers are strict: entities and [`oauth`] know neither AWS nor Lambda, [`store`] is the only place that knows
//! DynamoDB, [`http`] and [`lambda`] the only ones that know `lambda_http`, and [`app`] puts all together once a process.

pub mod app;
pub mod config;
pub mod domain;
pub mod fault;
pub mod fetch;
pub mod http;
pub mod keys;
pub mod lambda;
pub mod paths;
pub mod service;
pub mod store;
pub mod upstream;
