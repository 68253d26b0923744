//! Whether a new password is known from a breach of another service.

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::input::fields::Mistakes;
use crate::domain::password::Password;

/// What is wrong with a breached password, as the end of a sentence about the field.
const MISTAKE: &str = "is known from a breach of another service, so attackers try it; choose another password";

/// Checks that a new password is not in the list of breached ones, if the operator has one (NIST SP 800-63B-4 §3.1.1.2).
/// It costs a request to another server, so what can be refused or counted without it comes first.
///
/// It fails open: a list that does not answer in time keeps no user from a new password, and is logged.
///
/// # Errors
///
/// The mistake, under the field's name.
#[boxed]
pub async fn ensure_none(app: &App, password: &Password, field: &'static str) -> Result<(), Mistakes> {
    let Some(breached) = &app.breached_passwords else { return Ok(()) };
    match breached.contain(password).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(Mistakes::from([(field, MISTAKE.to_owned())])),
        Err(not_fetched) => {
            let cause = not_fetched.reason();
            tracing::warn!(cause, "a new password was not looked up among the breached ones");
            Ok(())
        }
    }
}
