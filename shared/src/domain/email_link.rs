//! Links in mails: a user who follows one proves that they receive mail at an address.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::crypto::addressed_secret::PlacedSecret;
use crate::domain::crypto::mac_keys::{MacKeyId, MacKeys, Purpose};
use crate::domain::crypto::random;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{Epoch, User, UserId};
use crate::fault::Fault;
use crate::paths;

uuid_id! {
    /// What distinguishes a link from an earlier one: 128 random bits.
    LinkNonce
}

/// The purpose of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Verifies the user's e-mail address.
    VerifyEmail,
    /// Lets the user choose a new password.
    ResetPassword,
    /// Confirms the user's new e-mail address.
    ChangeEmail,
}

impl LinkPurpose {
    /// How long a link is valid.
    pub const fn lifetime(self) -> Duration {
        match self {
            Self::ResetPassword => Duration::from_secs(3_600),
            Self::VerifyEmail | Self::ChangeEmail => Duration::from_secs(86_400),
        }
    }

    /// The page that it opens.
    pub const fn page(self) -> &'static str {
        match self {
            Self::VerifyEmail => paths::VERIFY_EMAIL,
            Self::ResetPassword => paths::RESET_PASSWORD,
            Self::ChangeEmail => paths::CONFIRM_EMAIL,
        }
    }

    /// Its name in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::VerifyEmail => 1,
            Self::ResetPassword => 2,
            Self::ChangeEmail => 3,
        }
    }

    const fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::VerifyEmail),
            2 => Some(Self::ResetPassword),
            3 => Some(Self::ChangeEmail),
            _ => None,
        }
    }
}

/// The token of a link: `dw_ml_`, then its user and purpose.
#[derive(Clone, Debug)]
pub struct LinkToken {
    /// The user that the link belongs to.
    pub user_id: UserId,
    /// Its purpose.
    pub purpose: LinkPurpose,
    secret: PlacedSecret<17>,
}

impl LinkToken {
    const PREFIX: &str = "dw_ml_";

    /// Parses a token; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = PlacedSecret::<17>::parse(Self::PREFIX, text)?;
        let (&user, rest) = secret.place.split_first_chunk::<16>()?;
        let purpose = LinkPurpose::of_byte(*rest.first()?)?;
        Some(Self { user_id: UserId::from_bytes(user), purpose, secret })
    }

    /// The hash under which the link is stored.
    pub fn hash(&self) -> SecretHash {
        self.secret.hash()
    }

    /// Encodes the token for the mail that contains it.
    pub fn issue(&self) -> Secret {
        self.secret.issue(Self::PREFIX)
    }
}

/// What a link's token is derived from, at each attempt to send the mail: the table stores the seed and never the token,
/// and without the MAC key the seed is useless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSeed {
    /// The user that the link belongs to.
    pub user_id: UserId,
    /// Its purpose.
    pub purpose: LinkPurpose,
    nonce: LinkNonce,
    key_id: MacKeyId,
}

impl LinkSeed {
    /// Derives the token; `None` when the MAC key was revoked, or deleted long after the link has expired.
    pub fn token(&self, keys: &MacKeys) -> Option<LinkToken> {
        let tag = keys.sign_with(Purpose::MailedLink, self.key_id, &self.message(self.key_id))?;
        self.token_of(tag.as_ref())
    }

    fn token_of(&self, tag: &[u8]) -> Option<LinkToken> {
        let secret = PlacedSecret::of_parts(self.place(), tag.try_into().ok()?);
        Some(LinkToken { user_id: self.user_id, purpose: self.purpose, secret })
    }

    fn place(&self) -> [u8; 17] {
        let mut place = [self.purpose.byte(); 17];
        place.iter_mut().zip(self.user_id.as_bytes()).for_each(|(to, from)| *to = *from);
        place
    }

    fn message(&self, key_id: MacKeyId) -> Vec<u8> {
        [key_id.as_slice(), &self.place(), self.nonce.as_bytes()].concat()
    }
}

/// Who follows a link to verify an address or to set a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifiedBy {
    /// The account's user, who is signed in or knows the password: what was set up before stays.
    User,
    /// The reader of the mail, who may not be the user who registered: nothing that was set up before may stay.
    MailAlone,
}

/// A link as the table stores it.
#[derive(Clone, Debug)]
pub struct MailedLink {
    /// The user that the link belongs to.
    pub user_id: UserId,
    /// Its purpose.
    pub purpose: LinkPurpose,
    /// The hash of its token.
    pub hash: SecretHash,
    /// The MAC key that its token is derived with, and with which it ends; `None` for a link of an earlier version.
    pub key_id: Option<MacKeyId>,
    /// The address that it was mailed to.
    pub email: EmailAddress,
    /// The user's address when the link was created, if they had one.
    pub user_email: Option<EmailAddress>,
    /// The user's epoch when the link was created.
    pub epoch: Epoch,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was used, if so.
    pub spent_at: Option<Timestamp>,
}

/// The user for whom a link is created.
#[derive(Clone, Copy, Debug)]
pub struct LinkUser<'u> {
    /// Their id.
    pub id: UserId,
    /// Their address, if they have one.
    pub email: Option<&'u EmailAddress>,
    /// Their epoch.
    pub epoch: Epoch,
}

impl<'u> From<&'u User> for LinkUser<'u> {
    fn from(user: &'u User) -> Self {
        Self { id: user.id, email: user.email.as_ref(), epoch: user.epoch }
    }
}

/// The status of a presented link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkStatus {
    /// It is valid.
    Valid,
    /// It was used.
    Spent,
    /// It has expired, no longer applies to the user, or was not issued by this server.
    Void,
}

impl MailedLink {
    /// A new link, and the seed of its token.
    ///
    /// # Errors
    ///
    /// [`Fault`] when there is no MAC key.
    pub fn new(
        purpose: LinkPurpose,
        user: LinkUser<'_>,
        email: &EmailAddress,
        keys: &MacKeys,
        now: Timestamp,
    ) -> Result<(Self, LinkSeed), Fault> {
        let user_id = user.id;
        let nonce = LinkNonce::from_bytes(random::bytes());
        let unsigned = LinkSeed { user_id, purpose, nonce, key_id: MacKeyId::default() };
        let (message, tag) = keys.sign(Purpose::MailedLink, now, |key_id| unsigned.message(key_id))?;
        let key_id = message.first_chunk().copied().unwrap_or_default();
        let seed = LinkSeed { key_id, ..unsigned };
        let token = seed.token_of(tag.as_ref()).ok_or_else(|| Fault::broken("a MAC is not of 32 bytes"))?;
        let link = Self {
            user_id,
            purpose,
            hash: token.secret.hash(),
            key_id: Some(key_id),
            email: email.clone(),
            user_email: user.email.cloned(),
            epoch: user.epoch,
            created_at: now,
            expires_at: now.after(purpose.lifetime()),
            spent_at: None,
        };
        Ok((link, seed))
    }

    /// Decides about a token of this user and purpose. A link is bound to the user's address, and unless it only verifies
    /// the address, to their epoch: a password change voids links that another party may have requested in the user's name.
    pub fn status(&self, token: &LinkToken, user: &User, now: Timestamp) -> LinkStatus {
        let is_proven = token.user_id == self.user_id
            && token.purpose == self.purpose
            && token.secret.is_proven_by(&self.hash)
            && user.id == self.user_id
            && user.is_enabled();
        let is_current =
            user.email == self.user_email && (user.epoch == self.epoch || self.purpose == LinkPurpose::VerifyEmail);
        match self.spent_at {
            _ if !is_proven => LinkStatus::Void,
            Some(_) => LinkStatus::Spent,
            None if now < self.expires_at && is_current => LinkStatus::Valid,
            None => LinkStatus::Void,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_token_is_derived_from_the_seed_only_with_the_key() {
        let email = EmailAddress::parse("ada@example.com").unwrap();
        let now = Timestamp::from_seconds(9);
        let user_id = UserId::generate(now);
        let user = LinkUser { id: user_id, email: Some(&email), epoch: Epoch::FIRST };
        let make = || MailedLink::new(LinkPurpose::ResetPassword, user, &email, &MacKeys::fixed(), now).unwrap();
        let (link, seed) = make();
        let text = seed.token(&MacKeys::fixed()).unwrap().issue();
        let token = LinkToken::parse(text.expose()).unwrap();
        assert_eq!((token.user_id, token.purpose), (user_id, LinkPurpose::ResetPassword));
        assert!(token.secret.is_proven_by(&link.hash));
        let (_, other) = make();
        assert!(
            !other.token(&MacKeys::fixed()).unwrap().secret.is_proven_by(&link.hash),
            "each link has a token of its own"
        );
        let stolen = serde_json::to_string(&seed).unwrap();
        assert!(!text.expose().contains(&stolen) && !stolen.contains("dw_ml_"));
    }

    proptest! {
        #[test]
        fn no_other_string_is_a_link(text in "(dw_ml_)?\\PC{0,80}") {
            if let Some(token) = LinkToken::parse(&text) {
                let back = token.issue();
                prop_assert_eq!(back.expose(), text.as_str());
            }
        }
    }
}
