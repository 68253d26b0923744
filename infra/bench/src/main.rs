//! `cargo run --release -p bench`: the cost of Driftwood on this machine, beside another revision and beside node-oidc-provider.
//!
//! Everything stays on loopback, every wait has an end, and no process outlives the run.

mod answer;
mod argon;
mod args;
mod binaries;
mod browser;
mod build_table;
mod call;
mod calls;
mod cost;
mod cpu;
mod failure;
mod flow;
mod gateway;
mod git;
mod load;
mod load_table;
mod machine;
mod package;
mod peer;
mod prepare;
mod process;
mod process_table;
mod profile;
mod progress;
mod report;
mod request_tables;
mod requests;
mod revision;
mod runtime_api;
mod schedule;
mod selection;
mod serving;
mod sides;
mod signature;
mod startup;
mod statistics;
mod store;
mod subject;
mod table;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::Args;
use crate::failure::Failure;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If stderr is closed, the failure cannot be reported.
            _ = writeln!(io::stderr(), "bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let report = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            report = report::make(args) => report,
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
            _ = terminate.recv() => Err("terminated".into()),
        }
    })?;
    report::save(&report)?;
    writeln!(io::stdout(), "{report}")?;
    Ok(())
}
