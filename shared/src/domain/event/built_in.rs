//! The types of events that this server records itself.

use crate::domain::oauth::scope::Scope;

/// A type of event that this server records itself: callers cannot post one, so that readers can trust it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// The user consented to an app.
    AppInstalled,
    /// The user's consent to an app ended.
    AppUninstalled,
    /// The user registered, or was imported.
    UserCreated,
    /// The user changed their profile.
    UserUpdated,
    /// The user's e-mail address was changed.
    UserEmailChanged,
    /// The user's e-mail address was verified.
    UserEmailVerified,
    /// An operator disabled the user.
    UserDisabled,
    /// An operator enabled the user again.
    UserEnabled,
    /// The user deleted their account.
    UserDeleted,
    /// The user undid that.
    UserRestored,
    /// A contact was created.
    ContactCreated,
    /// A contact was changed.
    ContactUpdated,
    /// A contact was deleted.
    ContactDeleted,
    /// A session of an app, or every session of the user, ended before its time.
    SessionRevoked,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::AppInstalled,
        Self::AppUninstalled,
        Self::UserCreated,
        Self::UserUpdated,
        Self::UserEmailChanged,
        Self::UserEmailVerified,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::UserDeleted,
        Self::UserRestored,
        Self::ContactCreated,
        Self::ContactUpdated,
        Self::ContactDeleted,
        Self::SessionRevoked,
    ];

    /// The type's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppInstalled => "app.installed",
            Self::AppUninstalled => "app.uninstalled",
            Self::UserCreated => "user.created",
            Self::UserUpdated => "user.updated",
            Self::UserEmailChanged => "user.email_changed",
            Self::UserEmailVerified => "user.email_verified",
            Self::UserDisabled => "user.disabled",
            Self::UserEnabled => "user.enabled",
            Self::UserDeleted => "user.deleted",
            Self::UserRestored => "user.restored",
            Self::ContactCreated => "contact.created",
            Self::ContactUpdated => "contact.updated",
            Self::ContactDeleted => "contact.deleted",
            Self::SessionRevoked => "session.revoked",
        }
    }

    /// Returns the built-in type with this name, if it is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The scope that an app needs to see such events, beside that for events.
    pub const fn scope(self) -> Option<&'static str> {
        match self {
            Self::ContactCreated | Self::ContactUpdated | Self::ContactDeleted => Some(Scope::CONTACT_READ),
            Self::UserUpdated => Some(Scope::PROFILE),
            Self::UserEmailChanged | Self::UserEmailVerified => Some(Scope::EMAIL),
            Self::AppInstalled
            | Self::AppUninstalled
            | Self::UserCreated
            | Self::UserDisabled
            | Self::UserEnabled
            | Self::UserDeleted
            | Self::UserRestored
            | Self::SessionRevoked => None,
        }
    }

    /// Whether only the app that such an event is about sees it, among apps.
    pub const fn is_about_an_app(self) -> bool {
        matches!(self, Self::AppInstalled | Self::AppUninstalled)
    }

    /// Whether apps are told although the user has no access any more: it is what ended the access.
    pub const fn outlives_the_user(self) -> bool {
        matches!(self, Self::UserDisabled | Self::UserDeleted)
    }
}
