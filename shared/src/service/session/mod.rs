//! Sessions: how they begin, go on and end.

pub mod browser_sign_in;
pub mod reuse;
pub mod rotation;
pub mod sign_in;
pub mod sign_out;
pub mod tokens;
