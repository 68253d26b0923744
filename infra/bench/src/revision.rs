//! Another revision, beside which this one is measured.

use std::path::{Path, PathBuf};

use crate::binaries::{Binaries, HELLO, LOCAL_SERVER, target};
use crate::failure::Failure;
use crate::git;

/// How much of a commit's hash names it.
const SHORT: usize = 12;

/// Builds those of the named binaries that a revision has. Its sources and its target folder are kept in `bench/` of the target
/// folder, so that only the first build takes long.
///
/// # Errors
///
/// When there is no such revision, or it does not compile.
pub async fn build(reference: &str, names: &[String]) -> Result<Binaries, Failure> {
    let commit = git::run(&["rev-parse", "--verify", "--end-of-options", &format!("{reference}^{{commit}}")]).await?;
    let folder = target()?.join("bench").join(commit.get(..SHORT).unwrap_or(&commit));
    let sources = folder.join("sources");
    if !sources.join("Cargo.toml").is_file() {
        std::fs::create_dir_all(&folder)?;
        // By force, because `cargo clean` may have deleted the folder of an earlier run, of which git still knows.
        git::run(&["worktree", "add", "--force", "--detach", &sources.to_string_lossy(), &commit]).await?;
    }
    let names: Vec<_> = names.iter().filter(|name| has(&sources, name)).cloned().collect();
    Binaries::build(&sources, &folder.join("target"), &names).await
}

fn has(sources: &Path, name: &str) -> bool {
    let package: PathBuf = match name {
        LOCAL_SERVER => "infra/local".into(),
        HELLO => "infra/bench/hello".into(),
        function => Path::new("functions").join(function),
    };
    sources.join(package).join("Cargo.toml").is_file()
}
