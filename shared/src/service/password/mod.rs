//! Passwords that users choose and change.

pub mod allowed;
pub mod breached;
pub mod change;
pub mod new;
