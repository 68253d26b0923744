//! The texts of our mails. A translation is one more file beside this one, and one more line in [`Texts::in_language`].

mod de;
mod en;
pub(crate) mod text;

use shared::domain::types::locale::Locale;
use shared::domain::user::binding::Binding;

pub(crate) use text::{Text, Texts};

impl Texts {
    /// The text of the mail about something that was added to an account.
    pub(crate) const fn bound(&self, what: Binding) -> &Text {
        match what {
            Binding::UserKey => &self.key_added,
            Binding::App(_) => &self.app_created,
            Binding::AppSecret(_) => &self.app_secret_rotated,
            Binding::Provider => &self.provider_linked,
            Binding::Email => &self.email_changed,
            Binding::Password => &self.password_changed,
            Binding::TakeOver => &self.taken_over,
        }
    }

    /// The texts in the user's language, or else in English.
    pub(crate) fn in_language(locale: Option<&Locale>) -> &'static Self {
        match locale.map(Locale::language).as_deref() {
            Some("de") => &de::TEXTS,
            _ => &en::TEXTS,
        }
    }
}
