//! The texts of one language.

/// All texts of one language. `{name}` is replaced by the name of the service, `{email}` by an address.
pub(crate) struct Texts {
    /// The language tag for HTML.
    pub(crate) language: &'static str,
    pub(crate) verify_email: Text,
    pub(crate) reset_password: Text,
    pub(crate) change_email: Text,
    pub(crate) email_change_asked: Text,
    pub(crate) email_changed: Text,
    pub(crate) password_changed: Text,
    pub(crate) key_added: Text,
    pub(crate) app_created: Text,
    pub(crate) app_secret_rotated: Text,
    /// `{provider}` is replaced by the provider's name.
    pub(crate) provider_linked: Text,
    /// `{provider}` is replaced by the provider's name.
    pub(crate) taken_over: Text,
    pub(crate) account_deleted: Text,
    /// `{until}` is replaced by the time when the data is deleted.
    pub(crate) account_deletion_begun: Text,
    pub(crate) account_restored: Text,
    /// `{app}` and `{webhook}` are replaced by their ids.
    pub(crate) webhook_failed: Text,
    /// The same for a receiver that said that it is gone.
    pub(crate) webhook_gone: Text,
    /// When and from where: `{when}` and `{from}` are replaced.
    pub(crate) details: &'static str,
    /// The sentence above a link that is shown in full.
    pub(crate) link_by_hand: &'static str,
}

/// The text of one mail.
pub(crate) struct Text {
    pub(crate) subject: &'static str,
    /// The paragraphs above the button.
    pub(crate) before: &'static [&'static str],
    /// The label of the button, if the mail has a link.
    pub(crate) button: Option<&'static str>,
    /// The paragraphs below it.
    pub(crate) after: &'static [&'static str],
}
