//! How long a function's process takes to ask for its first event, beside a hello-world.

use std::time::Duration;

use crate::binaries::{Binaries, HELLO};
use crate::failure::Failure;
use crate::process::Process;
use crate::statistics::median;
use crate::store::Store;

/// How often each is started; odd, for the median. One more is not counted.
const STARTS: usize = 9;

/// What starting takes.
pub struct Startup {
    /// The function.
    pub function: Duration,
    /// The hello-world beside it.
    pub hello: Duration,
}

impl Startup {
    /// How many times as long as the hello-world it takes.
    pub fn ratio(&self) -> f64 {
        self.function.as_secs_f64() / self.hello.as_secs_f64()
    }
}

/// Starts a function and the hello-world in turns.
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
