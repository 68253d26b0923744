//! Entity tags: whether a caller has seen what they change, or already has what they request (RFC 9110 §8.8.3, §13.1).

use lambda_http::http::header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH};

use super::reply::{self, Response};
use super::request::Head;
use crate::http::error::api::{ApiCode, ApiError};

/// The strong tag of what a response shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag(String);

/// What a conditional header names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Anything,
    /// Each as it was sent: with its quotes, and `W/` if it is weak.
    Tags(Vec<String>),
}

impl EntityTag {
    /// The tag of this version.
    pub fn of(version: impl std::fmt::Display) -> Self {
        Self(format!("\"{version}\""))
    }

    /// Marks a response with it.
    pub fn mark(&self, response: &mut Response) {
        reply::set(response, ETAG, &self.0);
    }

    /// Checks that a request is about this very state, if it says about which (RFC 9110 §13.1.1: the strong comparison).
    /// What cannot be read as tags is no tag of ours.
    ///
    /// # Errors
    ///
    /// `412 precondition_failed` only.
    pub fn check_if_match(&self, head: &Head) -> Result<(), ApiError> {
        match named(head, IF_MATCH) {
            Some(Named::Tags(tags)) if !tags.contains(&self.0) => {
                let message = "The resource no longer matches If-Match; read it again before you change it";
                Err(ApiError::new(ApiCode::PreconditionFailed, message))
            }
            _ => Ok(()),
        }
    }

    /// Returns whether the caller has this very state (RFC 9110 §13.1.2: the weak comparison).
    pub fn is_known_to(&self, head: &Head) -> bool {
        match named(head, IF_NONE_MATCH) {
            Some(Named::Anything) => true,
            Some(Named::Tags(tags)) => tags.iter().any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == self.0),
            None => false,
        }
    }
}

/// What a header names that may be repeated, and has tags with commas between them.
fn named(head: &Head, name: HeaderName) -> Option<Named> {
    let mut lines = head.headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).peekable();
    lines.peek()?;
    // No tag of ours has a comma, so none is cut.
    let tags: Vec<String> = lines.flat_map(|line| line.split(',')).map(|tag| tag.trim().to_owned()).collect();
    Some(if tags == ["*"] { Named::Anything } else { Named::Tags(tags) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(name: HeaderName, lines: &[&str]) -> Head {
        let mut head = Head::default();
        for line in lines {
            head.headers.append(&name, line.parse().unwrap());
        }
        head
    }

    #[test]
    fn a_change_is_about_what_it_names_and_weak_tags_name_nothing() {
        let tag = EntityTag::of(3);
        for good in [&[][..], &["*"], &["\"3\""], &["\"1\" , \"3\""], &["\"1\"", "\"3\""]] {
            assert!(tag.check_if_match(&head(IF_MATCH, good)).is_ok(), "{good:?}");
        }
        for bad in [&["\"2\""][..], &["W/\"3\""], &["3"], &[""], &["*, \"2\""], &["\"33\""], &["\"3"]] {
            assert!(tag.check_if_match(&head(IF_MATCH, bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_caller_with_a_matching_tag_has_the_state() {
        let tag = EntityTag::of(3);
        for known in [&["*"][..], &["\"3\""], &["W/\"3\""], &["\"1\", W/\"3\""]] {
            assert!(tag.is_known_to(&head(IF_NONE_MATCH, known)), "{known:?}");
        }
        for unknown in [&[][..], &["\"2\""], &[""], &["3"]] {
            assert!(!tag.is_known_to(&head(IF_NONE_MATCH, unknown)), "{unknown:?}");
        }
    }
}
