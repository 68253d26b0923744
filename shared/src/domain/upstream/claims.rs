//! The provider's claims about a user.

use openidconnect::core::{CoreIdTokenClaims, CoreUserInfoClaims};
use openidconnect::{EndUserName, EndUserUsername, LocalizedClaim};

use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;

/// The provider's claims about a user, as far as they are used here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamClaims {
    /// Their e-mail address.
    pub email: Option<EmailAddress>,
    /// Whether the provider verified the address.
    pub is_email_verified: bool,
    /// Their display name.
    pub name: Option<DisplayName>,
}

impl UpstreamClaims {
    /// The claims of an ID token.
    pub fn of_id_token(claims: &CoreIdTokenClaims) -> Self {
        let email = claims.email().map(|email| email.as_str());
        Self::read(email, claims.email_verified(), claims.name(), claims.preferred_username())
    }

    /// The claims of the userinfo endpoint.
    pub fn of_userinfo(claims: &CoreUserInfoClaims) -> Self {
        let email = claims.email().map(|email| email.as_str());
        Self::read(email, claims.email_verified(), claims.name(), claims.preferred_username())
    }

    fn read(
        email: Option<&str>,
        is_verified: Option<bool>,
        name: Option<&LocalizedClaim<EndUserName>>,
        username: Option<&EndUserUsername>,
    ) -> Self {
        let email = email.and_then(|email| EmailAddress::parse(email).ok());
        // In any language.
        let name = name.and_then(|names| names.get(None).or_else(|| names.iter().next().map(|(_, name)| name)));
        let names = [name.map(|name| name.as_str()), username.map(|name| name.as_str())];
        Self {
            is_email_verified: email.is_some() && is_verified == Some(true),
            email,
            name: names.into_iter().flatten().find_map(|name| DisplayName::parse(name).ok()),
        }
    }

    /// Returns whether no claim is missing.
    pub const fn is_complete(&self) -> bool {
        self.email.is_some() && self.name.is_some()
    }

    /// Fills in missing claims from `more`.
    #[must_use]
    pub fn or(self, more: Self) -> Self {
        let name = self.name.or(more.name);
        if self.email.is_some() { Self { name, ..self } } else { Self { name, ..more } }
    }

    /// The user's display name: the provider's, or else the local part of their e-mail address.
    pub fn display_name(&self) -> DisplayName {
        let local_part = || self.email.as_ref().and_then(|email| DisplayName::parse(email.local_part()).ok());
        self.name.clone().or_else(local_part).unwrap_or_else(DisplayName::unnamed_user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(email: Option<&str>, verified: Option<bool>, name: Option<&str>, username: Option<&str>) -> UpstreamClaims {
        let name = name.map(|name| LocalizedClaim::from(EndUserName::new(name.to_owned())));
        let username = username.map(|name| EndUserUsername::new(name.to_owned()));
        UpstreamClaims::read(email, verified, name.as_ref(), username.as_ref())
    }

    #[test]
    fn an_address_is_verified_only_where_the_provider_says_so() {
        for (verified, expected) in [(None, false), (Some(false), false), (Some(true), true)] {
            assert_eq!(read(Some("Ada@Example.com"), verified, None, None).is_email_verified, expected);
        }
        assert!(!read(None, Some(true), None, None).is_email_verified);
        let unreadable = read(Some("no address"), Some(true), None, None);
        assert!(unreadable.email.is_none() && !unreadable.is_email_verified);
    }

    #[test]
    fn a_user_always_has_a_display_name() {
        let name = |claims: UpstreamClaims| claims.display_name().as_str().to_owned();
        assert_eq!(name(read(Some("ada@example.com"), None, Some(" Ada "), Some("lovelace"))), "Ada");
        assert_eq!(name(read(Some("ada@example.com"), None, Some("\u{202e}adA"), Some("lovelace"))), "lovelace");
        assert_eq!(name(read(Some("ada@example.com"), None, Some(&"x".repeat(101)), None)), "ada");
        assert_eq!(name(read(None, None, None, Some(""))), "Unnamed");
    }

    #[test]
    fn an_address_and_its_verification_come_from_one_source() {
        let token = read(Some("a@example.com"), None, None, None);
        let userinfo = read(Some("b@example.com"), Some(true), Some("Ada"), None);
        let both = token.or(userinfo.clone());
        assert_eq!(both.email.unwrap().as_str(), "a@example.com");
        assert!(!both.is_email_verified && both.name.is_some());
        assert_eq!(UpstreamClaims::default().or(userinfo.clone()), userinfo);
    }
}
