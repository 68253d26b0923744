//! The provider's claims about a user.

use serde_json::Value;

use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::upstream::members::Members;
use crate::domain::upstream::provider::Issuer;

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
    /// The claims of an ID token, or of the userinfo endpoint, of this issuer. A claim of another type counts as absent.
    pub fn read(claims: &Members, issuer: &Issuer) -> Self {
        let text = |name| claims.text(name).ok().flatten();
        let email = text("email").and_then(|email| EmailAddress::parse(email).ok());
        // Everyone can have a tenant in which they say what they like, so what tenants say proves no address. Some providers
        // send a text (Apple, Cognito).
        let is_verified =
            !issuer.has_tenants() && claims.get("email_verified").is_some_and(|is| *is == true || *is == "true");
        // In any language (OpenID Connect Core §5.2).
        let name = text("name").or_else(|| claims.beginning("name#").find_map(Value::as_str));
        let names = [name, text("preferred_username")];
        Self {
            is_email_verified: email.is_some() && is_verified,
            email,
            name: names.into_iter().flatten().find_map(|name| DisplayName::parse(name).ok()),
        }
    }

    /// Returns whether no claim is missing.
    pub const fn is_complete(&self) -> bool {
        self.email.is_some() && self.name.is_some()
    }

    /// The claims of a user who gave this name at the provider, if the provider says none: Apple sends it beside the code, once
    /// and unsigned, so it is no more than what a user who registers here types.
    #[must_use]
    pub fn or_named(self, name: Option<DisplayName>) -> Self {
        Self { name: self.name.or(name), ..self }
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
    use serde_json::json;

    fn read(email: Option<&str>, verified: Option<bool>, name: Option<&str>, username: Option<&str>) -> UpstreamClaims {
        of(json!({"email": email, "email_verified": verified, "name": name, "preferred_username": username}))
    }

    fn of(claims: Value) -> UpstreamClaims {
        read_of("https://a.example", &claims)
    }

    fn read_of(issuer: &str, claims: &Value) -> UpstreamClaims {
        let issuer = Issuer::configured(issuer, "organizations").unwrap();
        UpstreamClaims::read(&Members::read(claims.to_string().as_bytes()).unwrap(), &issuer)
    }

    #[test]
    fn no_tenant_of_several_proves_an_address() {
        let claims = json!({"email": "ada@example.com", "email_verified": true});
        assert!(read_of("https://a.example/t", &claims).is_email_verified);
        let of_tenant = read_of("https://a.example/{tenantid}", &claims);
        assert!(of_tenant.email.is_some() && !of_tenant.is_email_verified);
    }

    #[test]
    fn a_claim_of_another_type_counts_as_absent() {
        let odd = of(json!({"email": ["a@example.com"], "email_verified": true, "name": {"first": "Ada"}}));
        assert_eq!(odd, UpstreamClaims::default());
        for (verified, expected) in
            [(json!("true"), true), (json!("false"), false), (json!(1), false), (json!({}), false)]
        {
            let claims = of(json!({"email": "a@example.com", "email_verified": verified}));
            assert_eq!(claims.is_email_verified, expected, "{verified}");
        }
        assert_eq!(
            of(json!({"name#ja": "\u{30a8}\u{30a4}\u{30c0}"})).name.unwrap().as_str(),
            "\u{30a8}\u{30a4}\u{30c0}"
        );
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
