//! The time from the start of a process to the request for its first event.

use crate::binaries::HELLO;
use crate::failure::Failure;
use crate::sides::Sides;
use crate::store::Store;
use crate::subject::{Role, Subject, Times, alternate};

/// The number of starts of each; odd, for the median.
const STARTS: u32 = 11;

/// Starts a function, the same of the other revision, and the hello-world in turn. The first starts are not counted.
///
/// # Errors
///
/// When one does not start.
pub async fn measure(sides: &Sides, store: &Store, function: &str) -> Result<Times, Failure> {
    let start = |role, path, name| (role, Subject::Start(path, store.environment(name)));
    let mut subjects =
        vec![start(Role::Hello, sides.now.path(HELLO), HELLO), start(Role::Now, sides.now.path(function), function)];
    subjects.extend(sides.then(function).map(|then| start(Role::Then, then.path(function), function)));
    alternate(&mut subjects, 1, 1).await?;
    alternate(&mut subjects, STARTS, 1).await
}
