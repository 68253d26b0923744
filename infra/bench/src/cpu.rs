//! The cost of a request for the process that handles it: CPU time and resident memory.

use std::time::Duration;

use crate::argon;
use crate::binaries::{Binaries, HELLO};
use crate::calls::Counter;
use crate::failure::Failure;
use crate::process::Process;
use crate::statistics::median;
use crate::store::Store;
use crate::workload::Workload;

/// The number of requests before the measurement.
const WARM_UP: u32 = 1_000;
/// The number of measurements of a median.
const ROUNDS: usize = 5;
/// The number of requests of a measurement.
const REQUESTS: u32 = 1_000;
/// The number of password hashes of a measurement.
const HASHES: u32 = 40;

/// The cost of serving.
pub struct Served {
    /// CPU time of one request.
    pub cpu: Duration,
    /// Bytes in memory after 1,000 requests.
    pub resident: u64,
    /// Requests to DynamoDB per request.
    pub calls: usize,
}

/// Measures a kind of request.
///
/// # Errors
///
/// When one fails.
pub async fn measure(binaries: &Binaries, store: &Store, workload: Workload) -> Result<Served, Failure> {
    let mut serving = Serving::start(binaries, store, workload).await?;
    let resident = serving.process.resident()?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(serving.cpu(REQUESTS).await?);
    }
    let calls = serving.count_calls(binaries).await?;
    Ok(Served { cpu: median(&mut rounds), resident, calls })
}

/// Measures a kind of request that hashes a password, alternating with bare hashing; also returns the CPU time of bare hashing.
///
/// # Errors
///
/// When one fails.
pub async fn measure_hashing(
    binaries: &Binaries,
    store: &Store,
    workload: Workload,
) -> Result<(Served, Duration), Failure> {
    let mut serving = Serving::start(binaries, store, workload).await?;
    let resident = serving.process.resident()?;
    let (mut rounds, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(tokio::task::spawn_blocking(|| argon::cpu(HASHES)).await??);
        rounds.push(serving.cpu(HASHES).await?);
    }
    let calls = serving.count_calls(binaries).await?;
    Ok((Served { cpu: median(&mut rounds), resident, calls }, median(&mut bare)))
}

/// Measures the hello-world, which gets the events of `workload` and ignores them.
///
/// # Errors
///
/// When it fails.
pub async fn measure_hello(binaries: &Binaries, store: &Store, workload: &Workload) -> Result<Served, Failure> {
    let (mut process, _) = Process::start(&binaries.path(HELLO), &store.environment(HELLO)).await?;
    let event = store.event(&workload.call().await?)?;
    let mut resident = 0;
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let before = process.cpu()?;
        for _ in 0..REQUESTS {
            process.invoke(event.clone()).await?;
        }
        if round == 0 {
            resident = process.resident()?;
        } else {
            rounds.push(process.cpu()?.saturating_sub(before) / REQUESTS);
        }
    }
    process.stop().await?;
    Ok(Served { cpu: median(&mut rounds), resident, calls: 0 })
}

/// A process and its workload.
struct Serving<'a> {
    store: &'a Store,
    process: Process,
    workload: Workload,
}

impl<'a> Serving<'a> {
    /// Starts a process and warms it up.
    async fn start(binaries: &Binaries, store: &'a Store, workload: Workload) -> Result<Self, Failure> {
        let function = workload.function();
        let (process, _) = Process::start(&binaries.path(function), &store.environment(function)).await?;
        let mut serving = Self { store, process, workload };
        serving.ask(WARM_UP).await?;
        Ok(serving)
    }

    async fn ask(&mut self, requests: u32) -> Result<(), Failure> {
        for _ in 0..requests {
            let event = self.store.event(&self.workload.call().await?)?;
            let answer = self.process.invoke(event).await?;
            self.workload.learn(&answer)?;
        }
        Ok(())
    }

    /// The CPU time of one request, on average.
    async fn cpu(&mut self, requests: u32) -> Result<Duration, Failure> {
        let before = self.process.cpu()?;
        self.ask(requests).await?;
        Ok(self.process.cpu()?.saturating_sub(before) / requests)
    }

    /// Ends the process and starts another one, whose requests to DynamoDB can be counted. Its first request may also load keys
    /// or an app, so the second one counts.
    async fn count_calls(mut self, binaries: &Binaries) -> Result<usize, Failure> {
        let function = self.workload.function();
        let counter = Counter::before(&self.store.dynamodb_url()).await?;
        let mut environment = self.store.environment(function);
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), counter.url.clone());
        let (process, _) = Process::start(&binaries.path(function), &environment).await?;
        std::mem::replace(&mut self.process, process).stop().await?;
        self.ask(1).await?;
        counter.take();
        self.ask(1).await?;
        let calls = counter.take();
        self.process.stop().await?;
        Ok(calls)
    }
}
