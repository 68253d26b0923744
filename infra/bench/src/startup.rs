//! The start time of a function's process until it requests its first event, compared with the hello-world.

use std::time::Duration;

use crate::binaries::{Binaries, HELLO};
use crate::failure::Failure;
use crate::process::Process;
use crate::statistics::median;
use crate::store::Store;

/// The number of starts of each; odd, for the median. One more start is not counted.
const STARTS: usize = 9;

/// The start times.
pub struct Startup {
    /// The function.
    pub function: Duration,
    /// The hello-world.
    pub hello: Duration,
}

impl Startup {
    /// The function's start time as a multiple of the hello-world's.
    pub fn ratio(&self) -> f64 {
        self.function.as_secs_f64() / self.hello.as_secs_f64()
    }
}

/// Starts a function and the hello-world alternately.
///
/// # Errors
///
/// When one does not start.
pub async fn measure(binaries: &Binaries, store: &Store, function: &str) -> Result<Startup, Failure> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=STARTS {
        let (hello, ours_now) = (once(binaries, store, HELLO).await?, once(binaries, store, function).await?);
        if round > 0 {
            theirs.push(hello);
            ours.push(ours_now);
        }
    }
    Ok(Startup { function: median(&mut ours), hello: median(&mut theirs) })
}

async fn once(binaries: &Binaries, store: &Store, name: &str) -> Result<Duration, Failure> {
    let (process, took) = Process::start(&binaries.path(name), &store.environment(name)).await?;
    process.stop().await?;
    Ok(took)
}
