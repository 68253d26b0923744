//! Git in this workspace.

use tokio::process::Command;

use crate::binaries::root;
use crate::failure::Failure;

/// Runs git and returns what it prints.
///
/// # Errors
///
/// When it fails.
pub async fn run(arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git").args(arguments).current_dir(root()).kill_on_drop(true).output().await?;
    if !output.status.success() {
        return Err(format!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
