//! The pages behind the account page.

pub(crate) mod account_proof;
pub(crate) mod change_email;
pub(crate) mod change_password;
pub(crate) mod confirm_email;
pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod forgot_password;
pub(crate) mod link;
pub(crate) mod not_me;
pub(crate) mod own_apps;
pub(crate) mod profile;
pub(crate) mod reset_password;
pub(crate) mod restore;
pub(crate) mod user_key;
pub(crate) mod verify_email;
