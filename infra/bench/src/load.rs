//! Requests per second of the release local server.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::requests::Requests;
use crate::statistics::percentile;

/// The number of concurrent keep-alive connections.
pub const CONNECTIONS: usize = 16;
/// The duration of a measurement.
pub const ROUND: Duration = Duration::from_secs(3);
/// The duration of the warm-up, which is not counted.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// The result of a load test.
pub struct Load {
    /// Requests per second.
    pub per_second: f64,
    /// Half of all requests took at most this long.
    pub p50: Duration,
    /// All but one of a hundred took at most this long.
    pub p99: Duration,
}

/// A local server in its own process; it is killed when this is dropped.
pub struct LocalServer {
    child: Child,
    url: String,
}

impl LocalServer {
    /// Starts it in memory, with this algorithm of access tokens and without a log.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(binary: &Path, algorithm: &str) -> Result<Self, Failure> {
        let mut command = Command::new(binary);
        command
            .args(["--memory", "--port", "0", "--set"])
            .arg(format!("SigningAlgorithm={algorithm}"))
            .args(["--set", "EventQuota=100000000", "--set", "UnverifiedQuotaPercent=100"])
            .kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("the local server has no output")?).lines();
        let url = tokio::time::timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await? {
                if let Some(url) = line.strip_prefix("Driftwood is listening on ") {
                    return Ok(url.to_owned());
                }
            }
            Err(Failure::from("the local server did not start"))
        });
        let url = url.await??;
        Ok(Self { child, url })
    }

    /// A new connection to it.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be created.
    pub fn connect(&self) -> Result<Gateway, Failure> {
        Gateway::new(&self.url)
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

/// Sends requests over one connection each; each connection sends the next request after the response.
///
/// # Errors
///
/// When a request fails.
pub async fn measure(connections: Vec<(Gateway, Requests)>) -> Result<Load, Failure> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + ROUND;
    let ready = Arc::new(tokio::sync::Barrier::new(connections.len()));
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|(gateway, requests)| {
            let ready = Arc::clone(&ready);
            tokio::spawn(async move {
                ready.wait().await;
                connection(&gateway, requests, begin, end).await
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await??);
    }
    let per_second = took.len() as f64 / ROUND.as_secs_f64();
    Ok(Load { per_second, p50: percentile(&took, 50), p99: percentile(&took, 99) })
}

async fn connection(
    gateway: &Gateway,
    mut requests: Requests,
    begin: Instant,
    end: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut took = Vec::new();
    loop {
        let sent = Instant::now();
        if sent >= end {
            return Ok(took);
        }
        let answer = gateway.ask(&requests.next().await?).await?;
        if sent >= begin {
            took.push(sent.elapsed());
        }
        requests.check(&answer)?;
    }
}
