//! HTTP/1.1 to other servers: connections, TLS, and connections that are kept.

pub mod connection;
pub mod pool;
pub mod tls;
