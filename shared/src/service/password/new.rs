//! A new password of an existing user.

use crate::app::App;
use crate::domain::input::fields::{Fields, Mistakes};
use crate::domain::password::Password;
use crate::domain::user::User;

/// Reads the field; what is wrong with it for every user is noted.
pub fn read(fields: &mut Fields, name: &'static str) -> Option<Password> {
    fields.required(name, Password::parse)
}

/// Returns the password if the policy accepts it for this user.
///
/// # Errors
///
/// What is wrong with it, under the field's name.
pub fn accept(app: &App, user: &User, password: Password, name: &'static str) -> Result<Password, Mistakes> {
    match app.config.password_policy.check(&password, user.into()) {
        Ok(()) => Ok(password),
        Err(mistake) => Err(Mistakes::from([(name, mistake)])),
    }
}
