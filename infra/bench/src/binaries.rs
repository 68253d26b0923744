//! The release binaries that are measured.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::failure::Failure;

/// The function that the others are compared with.
pub const HELLO: &str = "hello";
/// The executable of the local server.
pub const LOCAL_SERVER: &str = "driftwood";

/// A folder of release binaries.
pub struct Binaries(PathBuf);

impl Binaries {
    /// The binaries of a target folder that are built already.
    pub fn of(target: &Path) -> Self {
        Self(target.join("release"))
    }

    /// Builds the named ones from the sources in a folder.
    ///
    /// Functions are built apart from everything else, as `sam build` does: in one build with the local server they
    /// would get the features that only it needs.
    ///
    /// # Errors
    ///
    /// When something does not compile.
    pub async fn build(sources: &Path, target: &Path, names: &[String]) -> Result<Self, Failure> {
        let (servers, functions): (Vec<_>, Vec<_>) = names.iter().partition(|name| *name == LOCAL_SERVER);
        if !functions.is_empty() {
            let packages = functions.iter().flat_map(|name| ["-p", name.as_str()]);
            cargo_build(sources, target, packages.collect()).await?;
        }
        if !servers.is_empty() {
            cargo_build(sources, target, vec!["-p", "local"]).await?;
        }
        Ok(Self::of(target))
    }

    /// Where a binary is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Whether there is a binary of this name.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).is_file()
    }
}

async fn cargo_build(sources: &Path, target: &Path, packages: Vec<&str>) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--target-dir"]).arg(target).args(&packages);
    let built = cargo.current_dir(sources).kill_on_drop(true).status().await?.success();
    if built { Ok(()) } else { Err("the release build failed".into()) }
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The target folder, in which this program is, too: `CARGO_TARGET_DIR` or `target`.
///
/// # Errors
///
/// When this program is elsewhere.
pub fn target() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(Path::parent);
    Ok(target.ok_or("this program is in no target folder")?.to_owned())
}
