//! The table of what building a function costs.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::binaries::{Binaries, root, target};
use crate::failure::Failure;
use crate::profile::Profile;
use crate::progress::progress;
use crate::table::{Table, size, verdict};
use crate::{git, package, schedule};

/// The target of the CPU time of a build after a changed line.
const CHANGED: Duration = Duration::from_secs(20);
/// The line that is added to the function's library.
const LINE: &str = "\n/// Added to see what a build costs.\npub fn added() -> usize { std::hint::black_box(1) }\n";

/// What a build costs, in CPU time and bytes.
struct Built {
    profile: String,
    everything: Duration,
    function: Duration,
    changed: Duration,
    executable: u64,
    zipped: u64,
}

/// Builds one function with each profile from a copy of the sources, and shows what it costs.
///
/// # Errors
///
/// When it does not compile.
pub async fn measure(function: &str, profiles: &[Profile]) -> Result<String, Failure> {
    let folder = target()?.join("bench/build");
    let library = Path::new("functions").join(function).join("src/lib.rs");
    if !root().join(&library).is_file() {
        return Err(format!("there is no {}", library.display()).into());
    }
    let mut all = Vec::new();
    for profile in profiles {
        progress(&format!("building {function}: {}", profile.title()));
        let (sources, target) = (folder.join("sources"), folder.join(profile.folder()));
        copy_sources(&sources).await?;
        all.push(build(&sources, &target, function, profile).await?);
    }
    let titles = "dependencies included; then the function alone; then the same after a line was added to it";
    Ok(format!("CPU time of building `{function}` from clean, {titles}:\n\n{}", table(&all)))
}

async fn build(sources: &Path, target: &Path, function: &str, profile: &Profile) -> Result<Built, Failure> {
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    let (build, clean) = (&["build", "--locked"], &["clean", "--locked"]);
    let everything = cargo(build, sources, target, function, profile).await?;
    cargo(clean, sources, target, function, profile).await?;
    let alone = cargo(build, sources, target, function, profile).await?;
    let binary = Binaries::of(target).path(function);
    let (executable, zipped) = (fs::metadata(&binary)?.len(), package::zipped(&binary)?);
    let library = sources.join("functions").join(function).join("src/lib.rs");
    fs::OpenOptions::new().append(true).open(library)?.write_all(LINE.as_bytes())?;
    let changed = cargo(build, sources, target, function, profile).await?;
    Ok(Built { profile: profile.title(), everything, function: alone, changed, executable, zipped })
}

/// Runs Cargo and returns the CPU time of all its processes.
async fn cargo(
    command: &[&str],
    sources: &Path,
    target: &Path,
    function: &str,
    profile: &Profile,
) -> Result<Duration, Failure> {
    let before = schedule::children()?;
    let mut cargo = Command::new("cargo");
    cargo.args(command).args(["--release", "-p", function, "--target-dir"]).arg(target).envs(profile.environment());
    if !cargo.current_dir(sources).kill_on_drop(true).status().await?.success() {
        return Err("the release build failed".into());
    }
    Ok(schedule::children()?.saturating_sub(before))
}

/// Copies the sources as they are, with changes that are not committed, so that a line can be added to them.
async fn copy_sources(to: &Path) -> Result<(), Failure> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    let files = git::run(&["ls-files", "--cached", "--others", "--exclude-standard"]).await?;
    for file in files.lines().filter(|file| root().join(file).is_file()) {
        let copy = to.join(file);
        fs::create_dir_all(copy.parent().unwrap_or(to))?;
        fs::copy(root().join(file), copy)?;
    }
    Ok(())
}

fn table(all: &[Built]) -> Table {
    let head = ["release profile", "from clean", "the function", "after a line", "target", "", "executable", "zipped"];
    let mut table = Table::new(&head);
    for built in all {
        table.row([
            built.profile.clone(),
            seconds(built.everything),
            seconds(built.function),
            seconds(built.changed),
            format!("≤ {}", seconds(CHANGED)),
            verdict(built.changed <= CHANGED),
            size(built.executable),
            size(built.zipped),
        ]);
    }
    table
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_a_row() {
        let built = |changed| Built {
            profile: "LTO off, 16 units, `opt-level` s".to_owned(),
            everything: Duration::from_secs(200),
            function: Duration::from_millis(4_900),
            changed: Duration::from_secs(changed),
            executable: 10_600_000,
            zipped: 4_130_000,
        };
        let table = table(&[built(4), built(21)]).to_string();
        let rows: Vec<_> = table.lines().skip(2).collect();
        let first =
            "| LTO off, 16 units, `opt-level` s | 200.0 s | 4.9 s | 4.0 s | ≤ 20.0 s | met | 10.60 MB | 4.13 MB |";
        assert_eq!(rows[0], first);
        assert!(rows[1].contains("| 21.0 s | ≤ 20.0 s | **missed** |"), "{}", rows[1]);
    }

    #[tokio::test]
    async fn the_cpu_time_of_children_is_counted() {
        let before = schedule::children().unwrap();
        // Some 0.1 s at least, on any machine.
        let count = "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done";
        assert!(Command::new("sh").args(["-c", count]).status().await.unwrap().success());
        assert!(schedule::children().unwrap() > before);
    }
}
