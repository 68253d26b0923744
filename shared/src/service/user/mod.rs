//! Users: registration, profile, export and deletion.

pub mod abandoned;
pub mod deletion;
pub mod export;
pub mod import;
pub mod profile;
pub mod registration;
pub mod restoration;
