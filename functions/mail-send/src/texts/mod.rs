//! The texts of our mails. A translation is one more file beside this one, and one more line in [`Texts::in_language`].

mod de;
mod en;
pub(crate) mod text;

use shared::domain::types::locale::Locale;

pub(crate) use text::Texts;

impl Texts {
    /// The texts in the user's language, or else in English.
    pub(crate) fn in_language(locale: Option<&Locale>) -> &'static Self {
        match locale.map(Locale::language).as_deref() {
            Some("de") => &de::TEXTS,
            _ => &en::TEXTS,
        }
    }
}
