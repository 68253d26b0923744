//! A function's release process, started and invoked like on Lambda.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::answer::Answer;
use crate::failure::Failure;
use crate::runtime_api::RuntimeApi;
use crate::schedule;

/// A running function; it is killed when this is dropped.
pub struct Process {
    // Dropped first: a process that still runs when its Runtime API ends would complain.
    child: Child,
    api: RuntimeApi,
    id: u32,
}

impl Process {
    /// Starts a function and returns how long it took to request its first event.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(binary: &Path, environment: &BTreeMap<String, String>) -> Result<(Self, Duration), Failure> {
        let mut api = RuntimeApi::listen().await?;
        let mut command = Command::new(binary);
        command.env_clear().envs(environment).kill_on_drop(true);
        command.envs([
            ("AWS_LAMBDA_RUNTIME_API", api.address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let began = Instant::now();
        let mut child = command.spawn()?;
        let polled = api.polled().await.map_err(|failure| format!("{}: {failure}", binary.display()))?;
        if let Some(mut log) = child.stdout.take() {
            // Lambda reads the log through a pipe too.
            tokio::spawn(async move { tokio::io::copy(&mut log, &mut tokio::io::sink()).await });
        }
        let id = child.id().ok_or("a function ended at once")?;
        Ok((Self { child, api, id }, polled.duration_since(began)))
    }

    /// Sends it an event and returns the response.
    ///
    /// # Errors
    ///
    /// When it returns something else.
    pub async fn invoke(&mut self, event: String) -> Result<Answer, Failure> {
        let returned: Value = serde_json::from_slice(&self.api.invoke(event).await?)?;
        let status = returned.get("statusCode").and_then(Value::as_u64).ok_or("a function returned no response")?;
        let text = |pointer| returned.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Answer { status: u16::try_from(status)?, location: text("/headers/location"), body: text("/body") })
    }

    /// The CPU time that it has used so far.
    ///
    /// # Errors
    ///
    /// As [`schedule::process`].
    pub fn cpu(&self) -> Result<Duration, Failure> {
        schedule::process(self.id)
    }

    /// The resident memory, in bytes.
    ///
    /// # Errors
    ///
    /// When the kernel does not report it.
    pub fn resident(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the kernel reports no VmRSS")?;
        let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kibibytes.saturating_mul(1_024))
    }

    /// Stops it.
    ///
    /// # Errors
    ///
    /// When it cannot be stopped.
    pub async fn stop(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }
}
