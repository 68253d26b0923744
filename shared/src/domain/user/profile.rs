//! A user's profile: their name and their language.

use crate::domain::input::fields::Fields;
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::locale::Locale;

/// A change of the profile; absent fields stay unchanged.
#[derive(Clone, Debug)]
pub struct ProfileChange {
    /// The name.
    pub name: Option<DisplayName>,
    /// The language.
    pub locale: Option<Locale>,
}

impl ProfileChange {
    /// Reads `name` and `locale`; mistakes are recorded in the fields.
    pub fn parse(fields: &mut Fields) -> Self {
        Self { name: fields.optional("name", DisplayName::parse), locale: fields.optional("locale", Locale::parse) }
    }
}
