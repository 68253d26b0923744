//! Well-known client libraries, unmodified, with nothing but the issuer's URL.

mod oauth2;
mod openidconnect;
