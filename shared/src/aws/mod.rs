//! How requests reach AWS: signed, tried again, and over connections that the SDKs use as well.

mod alarms;
pub mod connections;
pub mod error;
pub mod protocol;
mod retries;
pub mod sdk;
pub mod service;
mod signature;
pub mod transport;
