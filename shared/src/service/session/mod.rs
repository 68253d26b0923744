//! Sessions: sign-in, tokens, rotation, reuse and sign-out.

pub mod browser_sign_in;
pub mod reuse;
pub mod rotation;
pub mod sign_in;
pub mod sign_out;
pub mod tokens;
