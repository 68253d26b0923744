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
    // The count of a running thread is behind until the scheduler looks at it.
    std::thread::yield_now();
    read(Path::new("/proc/thread-self/schedstat"))
}

/// The CPU time of all children that ended, and of theirs, in steps of 10 ms.
///
/// # Errors
///
/// When the kernel does not report it.
pub fn children() -> Result<Duration, Failure> {
    /// The `USER_HZ` of Linux, in which it counts here on every architecture of ours.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // proc_pid_stat(5): after the name, which may contain anything, `cutime` and `cstime` are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')').ok_or("the kernel reports no times")?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks.saturating_mul(1_000 / TICKS_PER_SECOND)))
}

fn read(path: &Path) -> Result<Duration, Failure> {
    let text = std::fs::read_to_string(path)?;
    let nanoseconds = text.split_whitespace().next().ok_or("the kernel counts no CPU time")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}
