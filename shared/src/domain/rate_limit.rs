//! Rate limits: how many attempts, in which window, and by which key.

use std::time::Duration;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::domain::client::id::ClientId;
use crate::domain::crypto::base64url;
use crate::domain::email_link::LinkPurpose;
use crate::domain::session::known_browser::KnownBrowser;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::network_address::SourceAddress;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::account::AccountId;
use crate::domain::user::{User, UserId};

/// At most `most` attempts in a window that starts with the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many attempts are allowed.
    pub most: u32,
    /// How long until the count starts again.
    pub window: Duration,
}

/// All limits, as the operator set them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sign-ins with one e-mail address or name from one network address, since the last that succeeded.
    pub login_by_name_and_address: Limit,
    /// Sign-ins from one network address.
    pub login_by_address: Limit,
    /// Sign-ins with one e-mail address or name from all network addresses; above it, only known ones are allowed.
    pub login_by_name: Limit,
    /// Registrations from one network address.
    pub register_by_address: Limit,
    /// Wrong client secrets for one client from one network address.
    pub client_by_client_and_address: Limit,
    /// Wrong client secrets from one network address.
    pub client_by_address: Limit,
    /// Dynamic client registrations from one network address.
    pub client_registration_by_address: Limit,
    /// Client documents that are fetched for one network address.
    pub document_by_address: Limit,
    /// Device user codes that are entered from one network address.
    pub device_by_address: Limit,
    /// Authorizations that are stored until a user answers them, for one network address, user or app.
    pub pending: Limit,
    /// Mails of one kind that are requested for one e-mail address, and notices to one that is not verified.
    pub mail_by_email: Limit,
    /// Notices to one verified e-mail address.
    pub notice_by_email: Limit,
    /// Mails that are requested from one network address.
    pub mail_by_address: Limit,
}

/// How long a place where a user signed in is known.
pub const KNOWN: Duration = Duration::from_secs(90 * 86_400);

/// How many apps can store authorizations up to their limit before that of their account is reached.
const APPS_AT_THEIR_LIMIT: u32 = 10;

/// The window of the sign-ins from a known browser. It is long, so that a stolen cookie is worth few guesses.
const KNOWN_BROWSER_WINDOW: Duration = Duration::from_secs(86_400);

/// The narrowest count of a sign-in: one e-mail address or name, at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInPlace {
    /// The key of the count.
    pub key: RateLimitKey,
    /// Its limit.
    pub limit: Limit,
}

impl Limits {
    /// Authorizations that the apps of one account store together: as many as ten apps, of which this many percent.
    ///
    /// It is a multiple and no parameter of its own, because the proportion is what protects: one app, or one leaked
    /// secret, fills a tenth of what the other apps of the account need.
    pub fn pending_of_account(&self, percent: u32) -> Limit {
        let ten_apps = u64::from(self.pending.most) * u64::from(APPS_AT_THEIR_LIMIT);
        let most = u32::try_from(ten_apps * u64::from(percent) / 100).unwrap_or(u32::MAX).max(1);
        Limit { most, ..self.pending }
    }

    /// Sign-ins with a name from a network address.
    pub fn at_address(&self, name: &str, address: SourceAddress) -> SignInPlace {
        SignInPlace { key: RateLimitKey::login(name, address), limit: self.login_by_name_and_address }
    }

    /// Sign-ins with a name from a known browser: as many as from a network address, but within a day.
    pub fn in_browser(&self, name: &str, browser: &KnownBrowser) -> SignInPlace {
        let limit = Limit { window: KNOWN_BROWSER_WINDOW, ..self.login_by_name_and_address };
        SignInPlace { key: RateLimitKey::login_browser(name, browser), limit }
    }
}

/// The key of a count. Its parts are hashed, so the table does not contain which address tried to sign in as which user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitKey(String);

impl RateLimitKey {
    /// Sign-ins with an e-mail address or a name from a network address.
    pub fn login(name: &str, address: SourceAddress) -> Self {
        Self::new("login", &[name, &address.to_string()])
    }

    /// Sign-ins with an e-mail address or a name from a known browser.
    pub fn login_browser(name: &str, browser: &KnownBrowser) -> Self {
        Self::new("login-browser", &[name, &browser.cookie_value()])
    }

    /// Sign-ins from a network address.
    pub fn login_address(address: SourceAddress) -> Self {
        Self::new("login-address", &[&address.to_string()])
    }

    /// Sign-ins with an e-mail address or a name.
    pub fn login_name(name: &str) -> Self {
        Self::new("login-name", &[name])
    }

    /// Registrations from a network address.
    pub fn register_address(address: SourceAddress) -> Self {
        Self::new("register-address", &[&address.to_string()])
    }

    /// Wrong secrets for a client, whether it exists or not, from a network address.
    pub fn client(client_id: &str, address: SourceAddress) -> Self {
        Self::new("client", &[client_id, &address.to_string()])
    }

    /// Wrong client secrets from a network address.
    pub fn client_address(address: SourceAddress) -> Self {
        Self::new("client-address", &[&address.to_string()])
    }

    /// Dynamic client registrations from a network address.
    pub fn client_registration_address(address: SourceAddress) -> Self {
        Self::new("client-registration-address", &[&address.to_string()])
    }

    /// Client documents that are fetched for a network address.
    pub fn document_address(address: SourceAddress) -> Self {
        Self::new("document-address", &[&address.to_string()])
    }

    /// Device user codes that are entered from a network address.
    pub fn device_address(address: SourceAddress) -> Self {
        Self::new("device-address", &[&address.to_string()])
    }

    /// Links for a purpose that are mailed to an e-mail address, whether or not a user has it.
    pub fn link_email(purpose: LinkPurpose, email: &EmailAddress) -> Self {
        Self::new("link-email", &[purpose.as_str(), email.as_str()])
    }

    /// Notices to an e-mail address.
    pub fn notice_email(email: &EmailAddress) -> Self {
        Self::new("notice-email", &[email.as_str()])
    }

    /// Mails that are requested from a network address.
    pub fn mail_address(address: SourceAddress) -> Self {
        Self::new("mail-address", &[&address.to_string()])
    }

    /// Authorizations that are stored for a network address.
    pub fn pending_address(address: SourceAddress) -> Self {
        Self::new("pending-address", &[&address.to_string()])
    }

    /// Authorizations that are stored for a signed-in user.
    pub fn pending_user(user: UserId) -> Self {
        Self::new("pending-user", &[&user.to_string()])
    }

    /// Authorizations that are stored for an app which authenticated.
    pub fn pending_client(client: &ClientId) -> Self {
        Self::new("pending-client", &[&client.to_string()])
    }

    /// Authorizations that are stored for all apps of an account which authenticated.
    pub fn pending_account(account: AccountId) -> Self {
        Self::new("pending-account", &[&account.to_string()])
    }

    /// Counts of an account's apps.
    pub fn app_recount(account: AccountId) -> Self {
        Self::new("app-recount", &[&account.to_string()])
    }

    fn new(what: &str, parts: &[&str]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in parts {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(format!("{what}#{}", base64url::encode(hash.finish().as_ref())))
    }

    /// What is counted, such as `login-address`: nothing of whose attempts it is.
    pub fn kind(&self) -> &str {
        self.0.split_once('#').map_or(&self.0, |(what, _)| what)
    }

    /// The key under which the count is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The user to whom a place is known: a hash, because it outlives the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KnownTo(String);

impl KnownTo {
    /// A place that is known to this user.
    pub fn of(user: UserId) -> Self {
        Self(base64url::encode(digest::digest(&digest::SHA256, user.as_bytes()).as_ref()))
    }
}

/// An attempt that exceeds a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// How long to wait: a second at least.
    pub wait: Duration,
    /// Whether it is the first one of its window.
    pub is_first: bool,
}

/// The number of attempts, including the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Attempts in the current window.
    pub attempts: u32,
    /// How many of them were charged now.
    pub charged: u32,
    /// When the window ends.
    pub window_ends_at: Timestamp,
    /// Until when the place is known, because a sign-in succeeded there before.
    pub known_until: Option<Timestamp>,
    /// The user whose sign-in it was; absent in items that are older than this attribute.
    pub known_to: Option<KnownTo>,
}

impl Count {
    /// Returns whether this attempt exceeds the limit.
    pub fn excess(&self, limit: Limit, now: Timestamp) -> Option<Excess> {
        (self.attempts > limit.most).then(|| Excess {
            wait: now.until(self.window_ends_at).max(Duration::from_secs(1)),
            is_first: self.attempts.saturating_sub(self.charged) <= limit.most,
        })
    }

    /// Returns whether a sign-in succeeded at this place recently.
    pub fn is_known(&self, now: Timestamp) -> bool {
        self.known_until.is_some_and(|until| now < until)
    }

    /// Returns whether a sign-in of this user succeeded at this place recently, and not one of an earlier user with the
    /// same name.
    pub fn is_known_to(&self, user: Option<&User>, now: Timestamp) -> bool {
        let is_theirs =
            user.is_some_and(|user| self.known_to.as_ref().is_none_or(|known| *known == KnownTo::of(user.id)));
        is_theirs && self.is_known(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_parts_cannot_be_confused() {
        let address = SourceAddress::parse("192.0.2.1");
        assert_ne!(RateLimitKey::new("x", &["ab", "c"]), RateLimitKey::new("x", &["a", "bc"]));
        assert_ne!(RateLimitKey::client("a", address), RateLimitKey::client("b", address));
        let key = RateLimitKey::login("ada@example.com", address);
        assert!(!key.as_str().contains("ada"));
        assert_eq!(key.kind(), "login");
    }

    #[test]
    fn the_attempt_after_the_last_allowed_one_must_wait_for_the_window() {
        let limit = Limit { most: 3, window: Duration::from_secs(60) };
        let count = |attempts, charged| Count {
            attempts,
            charged,
            window_ends_at: Timestamp::from_seconds(160),
            known_until: None,
            known_to: None,
        };
        let excess = |attempts, charged, now| count(attempts, charged).excess(limit, Timestamp::from_seconds(now));
        let after = |seconds, is_first| Some(Excess { wait: Duration::from_secs(seconds), is_first });
        assert_eq!(excess(3, 1, 100), None);
        assert_eq!(excess(4, 1, 100), after(60, true));
        assert_eq!(excess(4, 1, 160), after(1, true));
        assert_eq!(excess(5, 1, 100), after(60, false));
        assert_eq!(excess(7, 4, 100), after(60, true), "of several that are charged at once");
        assert_eq!(excess(8, 4, 100), after(60, false));
    }
}
