//! Links that users get by mail.

pub mod change_email;
pub mod redeem;
pub mod reset_password;
pub mod verify_email;
