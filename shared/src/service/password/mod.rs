//! Changing passwords.

pub mod change;
pub mod new;
