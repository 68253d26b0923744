//! Mail to users.

pub mod link;
pub mod message;
pub mod sender;
pub mod state;
