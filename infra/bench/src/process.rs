//! A function's release process, started and invoked like on Lambda.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::runtime_api::RuntimeApi;
use crate::schedule;

/// A running function; it is killed when this is dropped.
pub struct Process {
    api: RuntimeApi,
    child: Child,
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
        Ok((Self { api, child, id }, polled.duration_since(began)))
    }

    /// Sends it an event and returns the body of the response.
    ///
    /// # Errors
    ///
    /// When the status is not 200.
    pub async fn invoke(&mut self, event: String) -> Result<Value, Failure> {
        let answer: Value = serde_json::from_slice(&self.api.invoke(event).await?)?;
        let body = answer.get("body").and_then(Value::as_str).unwrap_or_default();
        match answer.get("statusCode").and_then(Value::as_u64) {
            Some(200) => Ok(serde_json::from_str(body).unwrap_or_default()),
            status => Err(format!("a function answered {status:?}: {body}").into()),
        }
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
