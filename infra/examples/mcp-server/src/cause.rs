//! Errors with all that led to them: the HTTP client's own words leave out why.

use std::error::Error;

/// What an error and its causes say.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
