//! Small types that all modules share.

pub mod display_name;
pub mod email;
pub mod id;
pub mod import_id;
pub mod invisible;
pub mod locale;
pub mod network_address;
pub mod origin;
pub mod sign_in_name;
pub mod timestamp;
pub mod username;
