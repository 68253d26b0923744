//! The texts of one language.

/// All texts of one language. `{name}` stands for what the service is called, `{email}` for an address.
pub(crate) struct Texts {
    /// The language, as HTML names it.
    pub(crate) language: &'static str,
    pub(crate) verify_email: Text,
    pub(crate) reset_password: Text,
    pub(crate) change_email: Text,
    pub(crate) email_change_asked: Text,
    pub(crate) email_changed: Text,
    pub(crate) password_changed: Text,
    pub(crate) account_deleted: Text,
    /// What stands above a link that is written out.
    pub(crate) link_by_hand: &'static str,
}

/// What one mail says.
pub(crate) struct Text {
    pub(crate) subject: &'static str,
    /// The paragraphs above the button.
    pub(crate) before: &'static [&'static str],
    /// The button, where the mail has a link.
    pub(crate) button: Option<&'static str>,
    /// The paragraphs below it.
    pub(crate) after: &'static [&'static str],
}
