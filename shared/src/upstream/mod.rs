//! Sign-in with an upstream provider (OpenID Connect Core §3.1): this server is its client, and issues its own tokens.
//!
//! A user is identified by the provider's issuer and `sub` only (OWASP ASVS 6.8.1): the provider's e-mail address alone
//! never gives access to an existing account. None of the provider's tokens is stored.

pub mod error;
pub mod http;
pub mod openid;
