//! The release binaries that are measured.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::failure::Failure;

/// The function that the others are compared with.
pub const HELLO: &str = "hello";

/// The folder of the release binaries, which is this program's own.
pub struct Binaries(PathBuf);

impl Binaries {
    /// Builds what is measured.
    ///
    /// Functions are built apart from everything else, as `sam build` does: in one build with the local server they
    /// would get the features that only it needs.
    ///
    /// # Errors
    ///
    /// When something does not compile.
    pub async fn build(functions: &[String]) -> Result<Self, Failure> {
        let folder = std::env::current_exe()?.parent().map(Path::to_owned).unwrap_or_default();
        if cfg!(debug_assertions) || !folder.ends_with("release") {
            return Err("only release builds say anything: cargo run --release -p bench".into());
        }
        let functions = functions.iter().map(String::as_str).chain([HELLO]).flat_map(|name| ["-p", name]);
        cargo_build(functions.collect()).await?;
        cargo_build(vec!["-p", "local"]).await?;
        Ok(Self(folder))
    }

    /// Where a binary is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

async fn cargo_build(packages: Vec<&str>) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked"]).args(&packages).current_dir(root()).kill_on_drop(true);
    if cargo.status().await?.success() { Ok(()) } else { Err("the release build failed".into()) }
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
