//! What people say of themselves: their name and their language.

use crate::app::App;
use crate::audit::{AuditAction, AuditEvent};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::{Fields, Request};
use crate::locale::Locale;
use crate::text::DisplayName;
use crate::user::User;

/// What is to change; what is absent stays.
#[derive(Clone, Debug)]
pub struct ProfileChange {
    /// The name.
    pub name: Option<DisplayName>,
    /// The language.
    pub locale: Option<Locale>,
}

impl ProfileChange {
    /// Reads `name` and `locale`; what is wrong is noted in the fields.
    pub fn parse(fields: &mut Fields) -> Self {
        Self { name: fields.optional("name", DisplayName::parse), locale: fields.optional("locale", Locale::parse) }
    }
}

/// Changes a person, and gives them as they are then; `None` when they left at the same moment.
///
/// # Errors
///
/// [`Fault`] when the tables cannot be written.
pub async fn update(
    app: &App,
    user: User,
    change: ProfileChange,
    request: &Request,
    now: Timestamp,
) -> Result<Option<User>, Fault> {
    let event = AuditEvent::new(AuditAction::UserUpdated, request.origin(), now).of_user(&user);
    let is_done = app.stores.update_profile(user.id, &change, &event, now).await?;
    let changed = User { name: change.name.unwrap_or(user.name), locale: change.locale.or(user.locale), ..user };
    Ok(is_done.then_some(changed))
}
