//! Requests that are refused before their meaning matters.

/// A request that is refused before its meaning matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The endpoint has other methods: these.
    Method(String),
    /// The body is longer than any endpoint reads.
    TooLarge,
    /// The body is of another type than this one.
    MediaType(&'static str),
    /// The body cannot be read, for this reason.
    Malformed(&'static str),
}
