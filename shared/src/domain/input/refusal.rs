//! Requests that are refused before their contents are interpreted.

/// A request that is refused before its contents are interpreted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The endpoint does not support the method; it supports these.
    Method(String),
    /// The body is larger than any endpoint accepts.
    TooLarge,
    /// The body is not of this type.
    MediaType(&'static str),
    /// The body cannot be parsed, for this reason.
    Malformed(&'static str),
}
