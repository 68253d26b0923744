//! `cargo run --release -p bench`: the cost of Driftwood on this machine, compared with the budgets of its architecture.
//!
//! Everything stays on loopback, every wait has an end, and no process outlives the run.

mod argon;
mod binaries;
mod browser;
mod call;
mod calls;
mod cpu;
mod failure;
mod gateway;
mod load;
mod machine;
mod package;
mod process;
mod progress;
mod report;
mod runtime_api;
mod schedule;
mod signature;
mod startup;
mod statistics;
mod store;
mod table;
mod workload;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// The timeout of all measurements, without the build.
const AT_MOST: Duration = Duration::from_secs(1_200);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If stderr is closed, the failure cannot be reported.
            _ = writeln!(io::stderr(), "bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let report = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            report = report::make(AT_MOST) => report,
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
            _ = terminate.recv() => Err("interrupted".into()),
        }
    })?;
    report::save(&report)?;
    writeln!(io::stdout(), "{report}")?;
    Ok(())
}
