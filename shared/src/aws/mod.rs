//! How requests reach AWS: one small HTTP client, which the SDKs use as well, and signatures.

pub mod connections;
pub mod sdk;
pub mod signature;
pub mod transport;
