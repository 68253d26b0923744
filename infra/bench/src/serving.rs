//! A function's process and the requests that it gets.

use std::time::Duration;

use crate::binaries::Binaries;
use crate::calls::{Counter, Spent};
use crate::failure::Failure;
use crate::flow::Flow;
use crate::process::Process;
use crate::requests::Requests;
use crate::store::Store;

/// A process and its requests.
pub struct Serving<'a> {
    store: &'a Store,
    process: Process,
    requests: Requests,
}

impl<'a> Serving<'a> {
    /// Starts a process, with users and apps of its own.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(binaries: &Binaries, store: &'a Store, flow: &Flow) -> Result<Self, Failure> {
        Self::before(binaries, store, flow, &store.dynamodb_url()).await
    }

    async fn before(binaries: &Binaries, store: &'a Store, flow: &Flow, dynamodb: &str) -> Result<Self, Failure> {
        let requests = (flow.prepare)(&store.gateway).await?;
        let mut environment = store.environment(flow.function);
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb.to_owned());
        let (process, _) = Process::start(&binaries.path(flow.function), &environment).await?;
        Ok(Self { store, process, requests })
    }

    /// Sends it requests, each after the response to the one before.
    ///
    /// # Errors
    ///
    /// When one does not succeed.
    pub async fn ask(&mut self, requests: u32) -> Result<(), Failure> {
        for _ in 0..requests {
            let event = self.store.event(&self.requests.next().await?)?;
            self.requests.check(&self.process.invoke(event).await?)?;
        }
        Ok(())
    }

    /// The CPU time of one request, on average.
    ///
    /// # Errors
    ///
    /// As [`Serving::ask`].
    pub async fn cpu(&mut self, requests: u32) -> Result<Duration, Failure> {
        let before = self.process.cpu()?;
        self.ask(requests).await?;
        Ok(self.process.cpu()?.saturating_sub(before) / requests)
    }

    /// The resident memory, in bytes.
    ///
    /// # Errors
    ///
    /// As [`Process::resident`].
    pub fn resident(&self) -> Result<u64, Failure> {
        self.process.resident()
    }

    /// Counts what one request requests of DynamoDB, in another process. Its first request may also load keys or an app, so the
    /// second one counts.
    ///
    /// # Errors
    ///
    /// As [`Serving::start`] and [`Serving::ask`].
    pub async fn spent(binaries: &Binaries, store: &Store, flow: &Flow) -> Result<Spent, Failure> {
        let counter = Counter::before(&store.dynamodb_url()).await?;
        let mut serving = Serving::before(binaries, store, flow, &counter.url).await?;
        serving.ask(1).await?;
        counter.take();
        serving.ask(1).await?;
        let spent = counter.take();
        serving.process.stop().await?;
        Ok(spent)
    }
}
