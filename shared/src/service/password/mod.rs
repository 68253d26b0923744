//! Changing passwords.

pub mod allowed;
pub mod change;
pub mod new;
