//! Device authorizations: a user approves on one device the request of an app on another device (RFC 8628).

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::authorization::consent::Approval;
use crate::domain::client::id::ClientId;
use crate::domain::crypto::addressed_secret::PlacedSecret;
use crate::domain::crypto::random;
use crate::domain::crypto::secret::{Secret, SecretHash};
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;

/// The code that a user enters: eight letters that cannot be confused and form no words (RFC 8628 §6.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserCode([u8; 8]);

impl UserCode {
    /// Consonants, without those that look alike.
    const LETTERS: [u8; 20] = *b"BCDFGHJKLMNPQRSTVWXZ";
    /// The sentence for a text that cannot be a code.
    pub const FORM: &str =
        "A code has eight letters, as in WDJB\u{2011}MJHT, and only of these: B C D F G H J K L M N P Q R S T V W X Z.";

    /// A new code, one of 20^8.
    pub fn generate() -> Self {
        let mut letters = [0; 8];
        for letter in &mut letters {
            let position = usize::try_from(random::below(20)).unwrap_or(0);
            *letter = Self::LETTERS.get(position).copied().unwrap_or(b'B');
        }
        Self(letters)
    }

    /// Parses a code as users enter it: in upper or lower case, with or without hyphens and spaces.
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}' | '\u{a0}'));
        let letters: Vec<u8> = typed.map(|c| u8::try_from(c.to_ascii_uppercase()).ok()).collect::<Option<_>>()?;
        Self::of_bytes(letters.try_into().ok()?)
    }

    fn of_bytes(letters: [u8; 8]) -> Option<Self> {
        letters.iter().all(|letter| Self::LETTERS.contains(letter)).then_some(Self(letters))
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, letter) in self.0.iter().enumerate() {
            write!(f, "{}{}", if position == 4 { "-" } else { "" }, char::from(*letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[user code]")
    }
}

impl Serialize for UserCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UserCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a user code"))
    }
}

/// The code with which the app on the other device polls: `dw_dc_`, then the user code, under which both are stored.
#[derive(Clone, Debug)]
pub struct DeviceCode(PlacedSecret<8>);

impl DeviceCode {
    const PREFIX: &str = "dw_dc_";

    /// A new code.
    pub fn generate(user_code: UserCode) -> Self {
        Self(PlacedSecret::generate(user_code.0))
    }

    /// Parses a code; returns `None` for a string of any other form.
    pub fn parse(text: &str) -> Option<Self> {
        let code = PlacedSecret::parse(Self::PREFIX, text)?;
        UserCode::of_bytes(code.place).map(|_| Self(code))
    }

    /// Encodes the code for the one response that contains it.
    pub fn issue(&self) -> Secret {
        self.0.issue(Self::PREFIX)
    }

    /// The user code under which it is stored.
    pub fn user_code(&self) -> UserCode {
        UserCode(self.0.place)
    }

    /// The hash that the table stores.
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// A user's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceAnswer {
    /// The user denied the request.
    Denied,
    /// The user approved the request.
    Approved(Box<Approval>),
}

/// What an app on another device requests, and what came of it.
#[derive(Clone, Debug)]
pub struct DeviceAuthorization {
    /// The code that the user enters.
    pub user_code: UserCode,
    /// The hash of the device code.
    pub hash: SecretHash,
    /// The app.
    pub client_id: ClientId,
    /// The requested scopes; never empty.
    pub scopes: ScopeSet,
    /// The API that its tokens are to be for.
    pub resource: Option<String>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it expires.
    pub ends_at: Timestamp,
    /// The polling interval of the app, in seconds.
    pub interval: u32,
    /// When the app polled last.
    pub polled_at: Option<Timestamp>,
    /// The user's answer, if there is one.
    pub answer: Option<DeviceAnswer>,
    /// When the device code was exchanged, if so.
    pub used_at: Option<Timestamp>,
    /// Identifies the write that created it, and then the one that exchanged it.
    pub attempt: WriteId,
}

/// The result of a poll.
#[derive(Clone, Debug)]
pub enum Poll<'d> {
    /// The user has not answered yet.
    Pending,
    /// The same, and the app polls too often: this is its new interval in seconds.
    SlowDown(u32),
    /// The user denied the request.
    Denied,
    /// The code has expired.
    Expired,
    /// The code belongs to another client, or was used.
    Refuse,
    /// The user approved the request.
    Exchange(&'d Approval),
}

impl DeviceAuthorization {
    /// How long the user may take to answer.
    pub const LIFETIME: Duration = Duration::from_secs(900);
    /// The initial polling interval in seconds (RFC 8628 §3.2).
    pub const INTERVAL: u32 = 5;

    /// Returns whether a user may still answer.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answer.is_none() && now < self.ends_at
    }

    /// Decides the result of a poll (RFC 8628 §3.5).
    pub fn decide(&self, code: &DeviceCode, client: &ClientId, now: Timestamp) -> Poll<'_> {
        if self.client_id != *client || self.used_at.is_some() || self.hash != code.hash() {
            return Poll::Refuse;
        }
        if now >= self.ends_at {
            return Poll::Expired;
        }
        let wait = Duration::from_secs(self.interval.into());
        match &self.answer {
            Some(DeviceAnswer::Denied) => Poll::Denied,
            Some(DeviceAnswer::Approved(approval)) => Poll::Exchange(approval),
            // For this and all later polls.
            None if self.polled_at.is_some_and(|last| now < last.after(wait)) => {
                Poll::SlowDown(self.interval.saturating_add(5))
            }
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::id::AppId;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn requested() -> (DeviceCode, DeviceAuthorization) {
        let code = DeviceCode::generate(UserCode::generate());
        let authorization = DeviceAuthorization {
            user_code: code.user_code(),
            hash: code.hash(),
            client_id: ClientId::Registered(AppId::generate(at(0))),
            scopes: ScopeSet::default(),
            resource: None,
            created_at: at(0),
            ends_at: at(900),
            interval: 5,
            polled_at: None,
            answer: None,
            used_at: None,
            attempt: WriteId::generate(at(0)),
        };
        (code, authorization)
    }

    #[test]
    fn polling_too_often_increases_the_interval() {
        let (code, mut requested) = requested();
        let client = requested.client_id.clone();
        assert!(matches!(requested.decide(&code, &client, at(1)), Poll::Pending));
        requested.polled_at = Some(at(1));
        assert!(matches!(requested.decide(&code, &client, at(5)), Poll::SlowDown(10)));
        (requested.polled_at, requested.interval) = (Some(at(5)), 10);
        assert!(matches!(requested.decide(&code, &client, at(14)), Poll::SlowDown(15)));
        assert!(matches!(requested.decide(&code, &client, at(15)), Poll::Pending));
    }

    #[test]
    fn an_answer_is_valid_until_the_code_expires_and_for_this_app_only() {
        let (code, mut requested) = requested();
        let client = requested.client_id.clone();
        assert!(requested.is_open(at(899)) && !requested.is_open(at(900)));
        assert!(matches!(requested.decide(&code, &client, at(900)), Poll::Expired));
        requested.answer = Some(DeviceAnswer::Denied);
        assert!(!requested.is_open(at(1)) && matches!(requested.decide(&code, &client, at(1)), Poll::Denied));
        let other_client = ClientId::Registered(AppId::generate(at(0)));
        assert!(matches!(requested.decide(&code, &other_client, at(1)), Poll::Refuse));
        let guess = DeviceCode::generate(requested.user_code);
        assert!(matches!(requested.decide(&guess, &client, at(1)), Poll::Refuse));
        requested.used_at = Some(at(1));
        assert!(matches!(requested.decide(&code, &client, at(1)), Poll::Refuse));
    }

    #[test]
    fn a_user_code_is_accepted_as_users_enter_it() {
        let code = UserCode::parse("BCDFGHJK").unwrap();
        assert_eq!(code.to_string(), "BCDF-GHJK");
        for typed in ["bcdf-ghjk", " bcdf ghjk ", "B-C-D-F-G-H-J-K", "BCDF\u{2013}GHJK"] {
            assert_eq!(UserCode::parse(typed), Some(code), "{typed}");
        }
        let letters = UserCode::FORM.split(": ").nth(1).unwrap().replace([' ', '.'], "");
        assert_eq!(letters.as_bytes(), UserCode::LETTERS);
        for bad in ["", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ1", "BCDF_GHJK", "ＢCDFGHJK", "user-code#"] {
            assert!(UserCode::parse(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn codes_read_back(_ in 0..20) {
            let code = DeviceCode::generate(UserCode::generate());
            prop_assert_eq!(UserCode::parse(&code.user_code().to_string()), Some(code.user_code()));
            let back = DeviceCode::parse(code.issue().expose()).unwrap();
            prop_assert!(back.user_code() == code.user_code() && back.hash() == code.hash());
        }

        #[test]
        fn no_text_breaks_the_readers(text in "\\PC{0,80}", typed in "[A-Za-z -]{0,12}") {
            let _ = (UserCode::parse(&text), DeviceCode::parse(&text));
            if let Some(code) = UserCode::parse(&typed) {
                let letters: String = typed.chars().filter(char::is_ascii_alphabetic).collect();
                prop_assert_eq!(code.to_string().replace('-', ""), letters.to_ascii_uppercase());
            }
        }
    }
}
