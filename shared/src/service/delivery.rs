//! The engine that delivers the work of a queue: it claims, attempts, deletes, puts off and gives up.
//!
//! A table's stream calls it for new work, which is attempted first and by its own key. A schedule makes it sweep the rest: what
//! was put off, and what a run left behind. So work is never lost, however often an attempt fails or a run is stopped, and of
//! concurrent runs one attempts it. It is delivered at least once: a run that is stopped between delivery and deletion leaves
//! the work to a later one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::domain::delivery::{Backoff, Task, Work};
use crate::fault::Fault;
use crate::store::{Claimed, Queue, SHARDS, WorkKey};

/// How many keys of a shard are read at once.
const PAGE: usize = 100;
/// How often the deletion of delivered work is tried: work that stays is delivered again.
const TRIES: usize = 3;
/// When work is due again that was not attempted.
const MOMENT: Duration = Duration::from_secs(2);
/// What an attempt leaves of its run, for the write after it.
const FOR_WRITES: Duration = Duration::from_secs(5);

/// What delivers one kind of work.
pub trait Deliver<T>: Send + Sync {
    /// Attempts to deliver one piece of work.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it was not delivered or that is unknown; [`Fault::Broken`] if the cause is this work alone.
    fn deliver<'s>(&'s self, work: &'s Work<T>) -> BoxFuture<'s, Result<Delivered, Fault>>;

    /// Notes that a piece of work is given up, for those to whom that is shown. Repeated, it may note it twice.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it cannot be noted; the work is then given up by a later run.
    fn give_up<'s>(&'s self, _: &'s Work<T>) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}

/// What came of an attempt without a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is delivered, or there is nothing to deliver any more.
    Done,
    /// It was not attempted, because its receiver has enough to do: the run attempts it after what is in progress.
    Later,
}

/// How a kind of work is delivered.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Its name in the log.
    pub what: &'static str,
    /// How many are attempted at the same time.
    pub at_once: usize,
    /// How long an attempt may take.
    pub attempt: Duration,
    /// How long a claim is valid: longer than a run may take.
    pub claim: Duration,
    /// How long work waits after a failure.
    pub backoff: Backoff,
    /// After so many failures in a row the service is considered unavailable, and what is left waits for the next run.
    /// Failures for which one piece of work is the cause are not counted.
    pub patience: usize,
}

/// One run of the engine.
pub struct Run<'r, T: Task> {
    queue: &'r Queue<T>,
    by: &'r dyn Deliver<T>,
    terms: Terms,
    clock: &'r Clock,
    until: Instant,
    failures: AtomicUsize,
    fault: Mutex<Option<Fault>>,
    /// What was claimed and whose receiver has enough to do.
    later: Mutex<Vec<Claimed<T>>>,
}

impl<'r, T: Task> Run<'r, T> {
    /// A run that ends at `until`: no attempt starts that could take longer.
    pub fn new(queue: &'r Queue<T>, by: &'r dyn Deliver<T>, terms: Terms, clock: &'r Clock, until: Instant) -> Self {
        let (failures, fault, later) = (AtomicUsize::new(0), Mutex::new(None), Mutex::new(Vec::new()));
        Self { queue, by, terms, clock, until, failures, fault, later }
    }

    /// Attempts this new work, each by its key.
    ///
    /// # Errors
    ///
    /// The first [`Fault`] of a write to the queue; everything is attempted again when its claim ends.
    pub fn attempt(self, keys: Vec<WorkKey>) -> BoxFuture<'r, Result<(), Fault>> {
        Box::pin(async move {
            self.attempt_all(keys).await;
            self.ended()
        })
    }

    /// Attempts everything that is due, from all shards in turn.
    ///
    /// # Errors
    ///
    /// The first [`Fault`] of a read or write of the queue; everything is attempted again when its claim ends.
    pub fn sweep(self) -> BoxFuture<'r, Result<(), Fault>> {
        Box::pin(self.sweep_shards())
    }

    async fn sweep_shards(self) -> Result<(), Fault> {
        let mut shards: Vec<u8> = (0..SHARDS).collect();
        while !shards.is_empty() {
            let mut filled = Vec::new();
            for shard in shards {
                if self.is_over() {
                    return self.ended();
                }
                let keys = self.queue.due(shard, self.clock.now(), PAGE).await?;
                if !keys.is_empty() {
                    self.attempt_all(keys).await;
                    filled.push(shard);
                }
            }
            shards = filled;
        }
        self.ended()
    }

    async fn attempt_all(&self, keys: Vec<WorkKey>) {
        let at_once = self.terms.at_once;
        stream::iter(keys).for_each_concurrent(at_once, |key| self.noting(self.claim_and_attempt(key))).await;
        let (mut later, mut before) = (self.taken_for_later(), usize::MAX);
        // Each round attempts some of them.
        while !later.is_empty() && later.len() < before && !self.is_over() {
            before = later.len();
            stream::iter(later)
                .for_each_concurrent(at_once, |claimed| self.noting(self.attempt_claimed(claimed)))
                .await;
            later = self.taken_for_later();
        }
        for claimed in later {
            let moment = self.clock.now().after(MOMENT);
            self.noting(async move { self.queue.put_off(&claimed, moment, "its receiver is busy").await }).await;
        }
    }

    /// Notes the first fault of a write to the queue.
    async fn noting(&self, part: impl Future<Output = Result<(), Fault>>) {
        if let Err(fault) = part.await {
            self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
        }
    }

    fn taken_for_later(&self) -> Vec<Claimed<T>> {
        std::mem::take(&mut *self.later.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether nothing more is started: time is up, the service does not respond, or the queue cannot be written.
    fn is_over(&self) -> bool {
        let is_late = Instant::now() + self.terms.attempt + FOR_WRITES > self.until;
        let is_faulty = self.fault.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        is_late || is_faulty || self.failures.load(Ordering::SeqCst) >= self.terms.patience
    }

    fn ended(self) -> Result<(), Fault> {
        let what = self.terms.what;
        if self.failures.into_inner() >= self.terms.patience {
            tracing::error!(what, "the service does not respond; what is left waits for the next run");
        }
        self.fault.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    async fn claim_and_attempt(&self, key: WorkKey) -> Result<(), Fault> {
        if self.is_over() {
            return Ok(());
        }
        let now = self.clock.now();
        let Some(claimed) = self.queue.claim(&key, now.after(self.terms.claim), now).await? else { return Ok(()) };
        let (work, what) = (&claimed.work, self.terms.what);
        if work.is_delivered {
            return self.remove(&claimed).await;
        }
        if work.gives_up_at <= now {
            tracing::error!(id = %work.id, tries = work.tries, cause = work.failure, "a {what} was given up");
            self.by.give_up(work).await?;
            return self.queue.give_up(&claimed).await;
        }
        self.attempt_claimed(claimed).await
    }

    async fn attempt_claimed(&self, claimed: Claimed<T>) -> Result<(), Fault> {
        let (work, what) = (&claimed.work, self.terms.what);
        let outcome = tokio::time::timeout(self.terms.attempt, self.by.deliver(work)).await;
        match outcome.unwrap_or_else(|_| Err(Fault::unavailable("the attempt took too long"))) {
            Ok(Delivered::Later) => {
                self.later.lock().unwrap_or_else(PoisonError::into_inner).push(claimed);
                Ok(())
            }
            Ok(Delivered::Done) => {
                self.failures.store(0, Ordering::SeqCst);
                tracing::info!(id = %work.id, tries = work.tries, "a {what} was delivered");
                self.remove(&claimed).await
            }
            Err(fault) => {
                let counts = usize::from(matches!(fault, Fault::Unavailable(_)));
                self.failures.fetch_add(counts, Ordering::SeqCst);
                tracing::warn!(id = %work.id, tries = work.tries, cause = %fault, "a {what} could not be delivered");
                let wait = self.terms.backoff.wait(work.id, work.tries);
                self.queue.put_off(&claimed, self.clock.now().after(wait), &fault.to_string()).await
            }
        }
    }

    /// Deletes delivered work. If that fails, it is noted in the work, so that a later run does not deliver it again.
    async fn remove(&self, claimed: &Claimed<T>) -> Result<(), Fault> {
        for _ in 1..TRIES {
            if self.queue.done(claimed).await.is_ok() {
                return Ok(());
            }
        }
        let Err(fault) = self.queue.done(claimed).await else { return Ok(()) };
        let what = self.terms.what;
        tracing::error!(id = %claimed.work.id, cause = %fault, "a {what} is delivered but could not be deleted");
        self.queue.note_delivered(claimed).await
    }
}
