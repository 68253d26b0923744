//! Identifiers as types, so that a user's id can never be passed where an account's id is expected.

/// Defines a UUID-backed identifier type: random, compared and stored as its hyphenated form.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// A new id that cannot be guessed; ids generated later sort later (UUID version 7).
            pub fn generate(now: $crate::domain::types::timestamp::Timestamp) -> Self {
                let millis = u64::try_from(now.as_seconds()).unwrap_or(0).saturating_mul(1000);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &$crate::domain::crypto::random::bytes()).into_uuid())
            }

            /// The id of this time that follows from these bytes: the same from the same.
            pub fn derived(at: $crate::domain::types::timestamp::Timestamp, from: &[u8]) -> Self {
                let millis = u64::try_from(at.as_seconds()).unwrap_or(0).saturating_mul(1000);
                let bytes = from.first_chunk().copied().unwrap_or_default();
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
            }

            /// When it was generated, or the time of which it was derived.
            pub fn generated_at(&self) -> $crate::domain::types::timestamp::Timestamp {
                let [a, b, c, d, e, f, ..] = *self.as_bytes();
                let seconds = u64::from_be_bytes([0, 0, a, b, c, d, e, f]) / 1000;
                $crate::domain::types::timestamp::Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(0))
            }

            /// Reads the hyphenated form; anything else is not an id.
            pub fn parse(text: &str) -> Option<Self> {
                let hyphenated = text.len() == uuid::fmt::Hyphenated::LENGTH;
                uuid::Uuid::parse_str(text).ok().filter(|_| hyphenated).map(Self)
            }

            /// Parses the cursor of a list: the id after which it goes on.
            ///
            /// # Errors
            ///
            /// The sentence to show.
            pub fn cursor(text: &str) -> Result<Self, String> {
                Self::parse(text).ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
            }

            /// The id's sixteen bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these sixteen bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(uuid::Uuid::from_bytes(bytes))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }
    };
}
pub(crate) use uuid_id;

uuid_id! {
    /// Identifies one write; a repeated write recognises its own first attempt by it.
    WriteId
}
uuid_id! {
    /// One access token (`jti`).
    TokenId
}
