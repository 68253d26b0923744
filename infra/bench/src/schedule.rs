//! CPU time from the kernel's scheduler statistics, in nanoseconds.

use std::path::Path;
use std::time::Duration;

use crate::failure::Failure;

/// The CPU time of all living threads of a process.
///
/// # Errors
///
/// When the kernel keeps no such counts.
pub fn process(id: u32) -> Result<Duration, Failure> {
    let mut sum = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{id}/task"))? {
        sum = sum.saturating_add(read(&thread?.path().join("schedstat"))?);
    }
    Ok(sum)
}

/// The CPU time of the current thread.
///
/// # Errors
///
/// When the kernel keeps no such counts.
pub fn this_thread() -> Result<Duration, Failure> {
    read(Path::new("/proc/thread-self/schedstat"))
}

fn read(path: &Path) -> Result<Duration, Failure> {
    let text = std::fs::read_to_string(path)?;
    let nanoseconds = text.split_whitespace().next().ok_or("the kernel counts no CPU time")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}
