//! The machine on which the numbers were measured.

use std::process::Command;

use crate::failure::Failure;

/// Describes the machine in a sentence.
///
/// # Errors
///
/// When the kernel does not report it.
pub fn describe() -> Result<String, Failure> {
    let cpus = std::fs::read_to_string("/proc/cpuinfo")?;
    let field = |name: &str| {
        let mut lines = cpus.lines().filter(|line| line.starts_with(name));
        lines.find_map(|line| Some(line.split_once(':')?.1.trim().to_owned()))
    };
    let model = field("model name").or_else(|| field("CPU implementer")).unwrap_or_else(|| "unknown CPU".to_owned());
    let megahertz = field("cpu MHz").map(|megahertz| format!(" at {megahertz} MHz")).unwrap_or_default();
    let cores = std::thread::available_parallelism()?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let rustc = Command::new("rustc").arg("--version").output()?;
    let rustc = String::from_utf8_lossy(&rustc.stdout);
    let (kernel, rustc) = (kernel.trim(), rustc.trim());
    Ok(format!("{model}{megahertz}, {cores} cores; Linux {kernel} on {}; {rustc}.", std::env::consts::ARCH))
}
