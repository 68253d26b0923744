//! What is added to an account, and the link by which its user says that they did not add it.

use serde::{Deserialize, Serialize};

use crate::domain::client::id::AppId;
use crate::domain::crypto::mac_keys::{MacKeys, Purpose};
use crate::domain::crypto::secret::Secret;
use crate::domain::crypto::signed_token;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::generation::AuthenticatorGeneration;
use crate::domain::user::{SECOND_THOUGHTS, User, UserId};
use crate::fault::Fault;

/// What was added to an account or changed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Binding {
    /// A user key.
    UserKey,
    /// An app.
    App(AppId),
    /// A new secret of an app.
    AppSecret(AppId),
    /// A link to the upstream provider.
    Provider,
    /// Another e-mail address.
    Email,
    /// Another password.
    Password,
    /// A link to the upstream provider, whose user took over an account that never verified its address.
    TakeOver,
}

impl Binding {
    /// The app, if it is about one.
    pub const fn app(self) -> Option<AppId> {
        match self {
            Self::App(id) | Self::AppSecret(id) => Some(id),
            Self::UserKey | Self::Provider | Self::Email | Self::Password | Self::TakeOver => None,
        }
    }

    fn bytes(self) -> [u8; 17] {
        let kind = match self {
            Self::UserKey => 1,
            Self::App(_) => 2,
            Self::AppSecret(_) => 3,
            Self::Provider => 4,
            Self::Email => 5,
            Self::Password => 6,
            Self::TakeOver => 7,
        };
        let mut bytes = [0; 17];
        let id = self.app().map(|id| *id.as_bytes()).unwrap_or_default();
        bytes.iter_mut().zip(std::iter::once(kind).chain(id)).for_each(|(to, from)| *to = from);
        bytes
    }

    fn of_bytes(bytes: [u8; 17]) -> Option<Self> {
        let (&[kind], id) = bytes.split_first_chunk::<1>()?;
        let app = AppId::from_bytes(id.try_into().ok()?);
        Some(match kind {
            1 => Self::UserKey,
            2 => Self::App(app),
            3 => Self::AppSecret(app),
            4 => Self::Provider,
            5 => Self::Email,
            6 => Self::Password,
            7 => Self::TakeOver,
            _ => return None,
        })
    }
}

/// A binding of a user, as a mail tells them about it.
///
/// The token of its link is signed, and nothing is stored for it: user id ‖ generation ‖ time ‖ binding. It works once,
/// because “this was not me” raises the generation of the user's authenticators that it names, and gives a former address back only while it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserBinding {
    /// The user.
    pub user_id: UserId,
    /// The generation of their authenticators at that time.
    pub authenticators: AuthenticatorGeneration,
    /// When it was.
    pub at: Timestamp,
    /// What it was.
    pub what: Binding,
}

impl UserBinding {
    const TOKEN: (&str, Purpose) = ("dw_nm_", Purpose::NotMe);

    /// A binding of this user.
    pub const fn new(user: &User, what: Binding, at: Timestamp) -> Self {
        Self { user_id: user.id, authenticators: user.authenticators, at, what }
    }

    /// Makes the token of the link.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when no MAC key may be used yet.
    pub fn token(&self, keys: &MacKeys, now: Timestamp) -> Result<Secret, Fault> {
        let content = [
            self.user_id.as_bytes().as_slice(),
            &self.authenticators.to_bytes(),
            &self.at.as_seconds().to_be_bytes(),
            &self.what.bytes(),
        ]
        .concat();
        signed_token::issue(Self::TOKEN, &content, keys, now)
    }

    /// Reads a token; `None` for a string that is not ours.
    pub fn parse(text: &str, keys: &MacKeys) -> Option<Self> {
        let content: [u8; 49] = signed_token::open(Self::TOKEN, text, keys)?;
        let (&user, rest) = content.split_first_chunk::<16>()?;
        let (&generation, rest) = rest.split_first_chunk::<8>()?;
        let (&at, what) = rest.split_first_chunk::<8>()?;
        Some(Self {
            user_id: UserId::from_bytes(user),
            authenticators: AuthenticatorGeneration::from_bytes(generation),
            at: Timestamp::from_seconds(i64::from_be_bytes(at)),
            what: Binding::of_bytes(what.try_into().ok()?)?,
        })
    }

    /// Returns whether the user can still say that it was not them: within a week, and unless everything that was set
    /// up then has ended already, or they have their former address back.
    pub fn is_open(&self, user: &User, now: Timestamp) -> bool {
        let until = self.at.after(SECOND_THOUGHTS);
        let can_end_something = match self.what {
            // Not by the generation: a thief raises it by a reset at the new address, and must not keep that by it.
            Binding::Email => user.former_email_held(now).is_some_and(|former| former.held_until <= until),
            _ => self.authenticators == user.authenticators,
        };
        self.user_id == user.id && user.is_enabled() && now < until && can_end_something
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_binding() -> impl Strategy<Value = UserBinding> {
        let what = |kind: u8, id: [u8; 16]| {
            let mut bytes = [kind; 17];
            bytes[1..].copy_from_slice(&if matches!(kind, 2 | 3) { id } else { [0; 16] });
            Binding::of_bytes(bytes).unwrap()
        };
        (any::<[u8; 16]>(), any::<[u8; 8]>(), any::<u32>(), 1..=7u8, any::<[u8; 16]>()).prop_map(
            move |(user, generation, at, kind, id)| UserBinding {
                user_id: UserId::from_bytes(user),
                authenticators: AuthenticatorGeneration::from_bytes(generation),
                at: Timestamp::from_seconds(at.into()),
                what: what(kind, id),
            },
        )
    }

    proptest! {
        #[test]
        fn a_token_reads_back_as_itself(binding in any_binding()) {
            let token = binding.token(&MacKeys::fixed(), Timestamp::from_seconds(1)).unwrap();
            prop_assert_eq!(UserBinding::parse(token.expose(), &MacKeys::fixed()), Some(binding));
        }

        #[test]
        fn a_token_with_any_letter_changed_is_refused(binding in any_binding(), place in 0usize..120, letter in "[A-Za-z0-9_-]") {
            let token = binding.token(&MacKeys::fixed(), Timestamp::from_seconds(1)).unwrap();
            let mut changed = token.expose().to_owned();
            prop_assume!(place < changed.len());
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != token.expose());
            prop_assert_eq!(UserBinding::parse(&changed, &MacKeys::fixed()), None);
        }

        #[test]
        fn no_text_breaks_the_parser(text in "(dw_nm_)?\\PC{0,150}") {
            prop_assert_eq!(UserBinding::parse(&text, &MacKeys::fixed()), None);
        }
    }
}
