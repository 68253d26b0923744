//! Device authorizations: a user agrees on one device to what an app on another one asks for (RFC 8628).

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

/// What a user types: eight letters that cannot be confused and make no words (RFC 8628 §6.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserCode([u8; 8]);

impl UserCode {
    /// Consonants, without those that look like others.
    const LETTERS: [u8; 20] = *b"BCDFGHJKLMNPQRSTVWXZ";

    /// A new code, one of 20^8.
    pub fn generate() -> Self {
        let mut letters = [0; 8];
        for letter in &mut letters {
            let position = usize::try_from(random::below(20)).unwrap_or(0);
            *letter = Self::LETTERS.get(position).copied().unwrap_or(b'B');
        }
        Self(letters)
    }

    /// Reads a code as users type it: small or large, with hyphens and spaces or without.
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

/// What the app on the other device asks with: `dw_dc_`, and the user code in front, which is where both are kept.
#[derive(Clone, Debug)]
pub struct DeviceCode(PlacedSecret<8>);

impl DeviceCode {
    const PREFIX: &str = "dw_dc_";

    /// A new code.
    pub fn generate(user_code: UserCode) -> Self {
        Self(PlacedSecret::generate(user_code.0))
    }

    /// Reads a code; a text of any other form is none.
    pub fn parse(text: &str) -> Option<Self> {
        let code = PlacedSecret::parse(Self::PREFIX, text)?;
        UserCode::of_bytes(code.place).map(|_| Self(code))
    }

    /// Writes the code down, for the one answer that carries it.
    pub fn issue(&self) -> Secret {
        self.0.issue(Self::PREFIX)
    }

    /// Where it is kept.
    pub fn user_code(&self) -> UserCode {
        UserCode(self.0.place)
    }

    /// What the table knows it by.
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }
}

/// What a user said.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceAnswer {
    /// No.
    Denied,
    /// Yes.
    Approved(Box<Approval>),
}

/// A device authorization as the table holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceAuthorization {
    /// What a user types.
    pub user_code: UserCode,
    /// Proves the device code.
    pub hash: SecretHash,
    /// The app.
    pub client_id: ClientId,
    /// What it wants to do; never empty.
    pub scopes: ScopeSet,
    /// The API that its tokens are to be for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it is too late.
    pub ends_at: Timestamp,
    /// How many seconds the app has to wait between two questions.
    pub interval: u32,
    /// When it asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polled_at: Option<Timestamp>,
    /// What a user said, if anybody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<DeviceAnswer>,
    /// When the app got its tokens, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// Names the write that made it, and then the one that used it.
    pub attempt: WriteId,
}

/// What an app that asks is told.
#[derive(Clone, Debug)]
pub enum Poll<'d> {
    /// Nobody said anything yet.
    Pending,
    /// The same, and it asks too often: from now on it has to wait this many seconds.
    SlowDown(u32),
    /// Somebody said no.
    Denied,
    /// It is too late.
    Expired,
    /// The code is another client's, or was used.
    Refuse,
    /// Somebody said yes.
    Exchange(&'d Approval),
}

impl DeviceAuthorization {
    /// How long a user may take.
    pub const LIFETIME: Duration = Duration::from_secs(900);
    /// How many seconds an app has to wait at first (RFC 8628 §3.2).
    pub const INTERVAL: u32 = 5;

    /// Says whether a user may still answer.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answer.is_none() && now < self.ends_at
    }

    /// Decides what an app that asks is told (RFC 8628 §3.5).
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
            // For this and all that follow.
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

    fn asked() -> (DeviceCode, DeviceAuthorization) {
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
    fn an_app_that_asks_too_often_has_to_wait_longer_from_then_on() {
        let (code, mut asked) = asked();
        let client = asked.client_id.clone();
        assert!(matches!(asked.decide(&code, &client, at(1)), Poll::Pending));
        asked.polled_at = Some(at(1));
        assert!(matches!(asked.decide(&code, &client, at(5)), Poll::SlowDown(10)));
        (asked.polled_at, asked.interval) = (Some(at(5)), 10);
        assert!(matches!(asked.decide(&code, &client, at(14)), Poll::SlowDown(15)));
        assert!(matches!(asked.decide(&code, &client, at(15)), Poll::Pending));
    }

    #[test]
    fn an_answer_counts_until_it_is_too_late_and_for_this_app_only() {
        let (code, mut asked) = asked();
        let client = asked.client_id.clone();
        assert!(asked.is_open(at(899)) && !asked.is_open(at(900)));
        assert!(matches!(asked.decide(&code, &client, at(900)), Poll::Expired));
        asked.answer = Some(DeviceAnswer::Denied);
        assert!(!asked.is_open(at(1)) && matches!(asked.decide(&code, &client, at(1)), Poll::Denied));
        let stranger = ClientId::Registered(AppId::generate(at(0)));
        assert!(matches!(asked.decide(&code, &stranger, at(1)), Poll::Refuse));
        let guess = DeviceCode::generate(asked.user_code);
        assert!(matches!(asked.decide(&guess, &client, at(1)), Poll::Refuse));
        asked.used_at = Some(at(1));
        assert!(matches!(asked.decide(&code, &client, at(1)), Poll::Refuse));
    }

    #[test]
    fn a_user_code_is_read_as_users_type_it() {
        let code = UserCode::parse("BCDFGHJK").unwrap();
        assert_eq!(code.to_string(), "BCDF-GHJK");
        for typed in ["bcdf-ghjk", " bcdf ghjk ", "B-C-D-F-G-H-J-K", "BCDF\u{2013}GHJK"] {
            assert_eq!(UserCode::parse(typed), Some(code), "{typed}");
        }
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
