//! All measurements of one run.

use std::time::Duration;

use crate::args::Args;
use crate::binaries::root;
use crate::failure::Failure;
use crate::peer::Peer;
use crate::selection::Selection;
use crate::sides::Sides;
use crate::store::Store;
use crate::{build_table, load_table, machine, process_table, request_tables};

/// The timeout of all measurements, without the builds.
const AT_MOST: Duration = Duration::from_secs(2_400);

/// Builds what is measured, and measures it.
///
/// # Errors
///
/// The first failure.
pub async fn make(args: &Args) -> Result<String, Failure> {
    if let Some(function) = &args.build {
        return Ok(format!("{}\n\n{}", machine::describe()?, build_table::measure(function, &args.profile).await?));
    }
    let store = Store::start("ES256").await?;
    let functions = store.functions();
    store.stop().await;
    let selection = Selection::new(&args.only, &functions)?;
    if selection.load && cfg!(debug_assertions) {
        return Err("a debug build is too slow to load the local server: cargo run --release -p bench, or --only something else".into());
    }
    let sides = Sides::build(args, &selection.binaries()).await?;
    if args.peer {
        Peer::install().await?;
    }
    tokio::time::timeout(AT_MOST, measure(&sides, &selection, args)).await?
}

async fn measure(sides: &Sides, selection: &Selection, args: &Args) -> Result<String, Failure> {
    let mut parts = vec![machine::describe()?];
    if !selection.processes.is_empty() {
        parts.push(process_table::measure(sides, &selection.processes).await?);
    }
    if !selection.flows.is_empty() {
        parts.push(request_tables::measure(sides, &selection.flows, args).await?);
    }
    if selection.load {
        parts.push(load_table::measure(sides, &args.algorithm).await?);
    }
    Ok(parts.iter().map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n"))
}

/// Saves the report.
///
/// # Errors
///
/// When it cannot be written.
pub fn save(report: &str) -> Result<(), Failure> {
    let folder = root().join("infra/bench/results");
    std::fs::create_dir_all(&folder)?;
    Ok(std::fs::write(folder.join("latest.md"), report)?)
}
