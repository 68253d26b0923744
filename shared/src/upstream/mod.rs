//! Signing in by another provider (OpenID Connect Core §3.1): we are its client, and our tokens stay ours.
//!
//! Whoever comes back is known by the provider's issuer and its name for them, and by nothing else (OWASP ASVS 6.8.1): an
//! e-mail address that it names never leads to somebody's account by itself. Nothing that the provider gives us is stored.

pub mod error;
pub mod http;
pub mod openid;
