//! The engine that delivers the work of a queue: it claims, attempts, deletes, puts off and gives up.
//!
//! A table's stream calls it for new work, which is attempted first and by its own key. A schedule makes it sweep the rest: what
//! was put off, and what a run left behind. So work is never lost, however often an attempt fails or a run is stopped, and of
//! concurrent runs one attempts it. It is delivered at least once: a run that is stopped between delivery and deletion leaves
//! the work to a later one.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
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

/// One of the attempts that a receiver is to have at once; it is free again when this is dropped.
pub type Slot<'s> = Box<dyn Send + 's>;

/// What delivers one kind of work.
pub trait Deliver<T>: Send + Sync {
    /// Takes a slot of the receiver of this work; `None` if the receiver has enough to do.
    fn slot(&self, _: &Work<T>) -> Option<Slot<'_>> {
        Some(Box::new(()))
    }

    /// Attempts to deliver one piece of work, which has a slot; it is delivered, or there is nothing to deliver any more.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it was not delivered or that is unknown; [`Fault::Broken`] if the cause is this work alone.
    fn deliver<'s>(&'s self, work: &'s Work<T>) -> BoxFuture<'s, Result<(), Fault>>;

    /// Notes that a piece of work is given up, for those to whom that is shown. Repeated, it may note it twice.
    ///
    /// # Errors
    ///
    /// [`Fault`] when it cannot be noted; the work is then given up by a later run.
    fn give_up<'s>(&'s self, _: &'s Work<T>) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
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
    /// When only busy receivers are left, a run of new work ends after this time, and a sweep looks for more.
    pub busy: Duration,
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
}

/// What came of a step with one piece of work.
enum Step<T: Task> {
    /// It is claimed, and to be attempted.
    Claimed(Box<Claimed<T>>),
    /// There is nothing more to do with it.
    Over,
}

impl<'r, T: Task> Run<'r, T> {
    /// A run that ends at `until`: no attempt starts that could take longer.
    pub fn new(queue: &'r Queue<T>, by: &'r dyn Deliver<T>, terms: Terms, clock: &'r Clock, until: Instant) -> Self {
        Self { queue, by, terms, clock, until, failures: AtomicUsize::new(0), fault: Mutex::new(None) }
    }

    /// Attempts this new work, each by its key. What still waits for a busy receiver after a while is left to the schedule, so that the
    /// stream goes on.
    ///
    /// # Errors
    ///
    /// The first [`Fault`] of a write to the queue; everything is attempted again when its claim ends.
    pub fn attempt(self, keys: Vec<WorkKey>) -> BoxFuture<'r, Result<(), Fault>> {
        Box::pin(async move {
            self.work_on(keys.into(), Vec::new()).await;
            self.ended()
        })
    }

    /// Attempts everything that is due, a page of every shard at a time, for as long as the run lasts.
    ///
    /// # Errors
    ///
    /// The first [`Fault`] of a read or write of the queue; everything is attempted again when its claim ends.
    pub fn sweep(self) -> BoxFuture<'r, Result<(), Fault>> {
        Box::pin(async move {
            self.work_on(VecDeque::new(), (0..SHARDS).collect()).await;
            self.ended()
        })
    }

    /// Attempts this work, and what is due in these shards. What is for a busy receiver waits for its turn, and nothing else waits
    /// with it: it takes none of the places of the run.
    async fn work_on(&self, mut keys: VecDeque<WorkKey>, mut shards: Vec<u8>) {
        let (is_sweep, mut read_at) = (!shards.is_empty(), Instant::now());
        let (mut waiting, mut steps) = (VecDeque::new(), FuturesUnordered::new());
        loop {
            let has_waited = read_at.elapsed() >= self.terms.busy;
            if keys.is_empty() && !shards.is_empty() && (steps.is_empty() || has_waited) && !self.is_over() {
                (keys, shards) = self.due(shards).await;
                read_at = Instant::now();
            }
            while steps.len() < self.terms.at_once && !self.is_over() {
                let step: BoxFuture<'_, Step<T>> = match self.next_in_turn(&mut waiting) {
                    Some((claimed, slot)) => Box::pin(self.attempt_claimed(claimed, slot)),
                    None => match keys.pop_front() {
                        Some(key) => Box::pin(self.claim(key)),
                        None => break,
                    },
                };
                steps.push(step);
            }
            if !keys.is_empty() || steps.len() == self.terms.at_once {
                // There is more to do than to wait.
                read_at = Instant::now();
            } else if !is_sweep && has_waited {
                break;
            }
            match steps.next().await {
                Some(Step::Claimed(claimed)) => waiting.push_back(*claimed),
                Some(Step::Over) => {}
                None if shards.is_empty() || self.is_over() => break,
                None => {}
            }
        }
        while let Some(step) = steps.next().await {
            if let Step::Claimed(claimed) = step {
                waiting.push_back(*claimed);
            }
        }
        for claimed in waiting {
            let moment = self.clock.now().after(MOMENT);
            self.noting(async move { self.queue.put_off(&claimed, moment, "its receiver is busy").await }).await;
        }
    }

    /// A page of what is due in each of these shards, and the shards that have some. What this run has claimed is not among it.
    async fn due(&self, shards: Vec<u8>) -> (VecDeque<WorkKey>, Vec<u8>) {
        let (mut due, mut filled) = (VecDeque::new(), Vec::new());
        for shard in shards {
            self.noting(async {
                let keys = self.queue.due(shard, self.clock.now(), PAGE).await?;
                if !keys.is_empty() {
                    filled.push(shard);
                    due.extend(keys);
                }
                Ok(())
            })
            .await;
        }
        (due, filled)
    }

    /// The first of what waits whose receiver has a slot.
    fn next_in_turn(&self, waiting: &mut VecDeque<Claimed<T>>) -> Option<(Claimed<T>, Slot<'r>)> {
        let mut slots = waiting.iter().enumerate();
        let (position, slot) = slots.find_map(|(at, claimed)| Some((at, self.by.slot(&claimed.work)?)))?;
        Some((waiting.remove(position)?, slot))
    }

    /// Notes the first fault of the queue.
    async fn noting(&self, part: impl Future<Output = Result<(), Fault>>) {
        if let Err(fault) = part.await {
            self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
        }
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

    /// Claims a piece of work, unless another run has it, or it is to be given up.
    async fn claim(&self, key: WorkKey) -> Step<T> {
        let mut claimed = None;
        self.noting(async {
            claimed = self.claimed(&key).await?;
            Ok(())
        })
        .await;
        claimed.map_or(Step::Over, |claimed| Step::Claimed(Box::new(claimed)))
    }

    async fn claimed(&self, key: &WorkKey) -> Result<Option<Claimed<T>>, Fault> {
        let now = self.clock.now();
        let Some(claimed) = self.queue.claim(key, now.after(self.terms.claim), now).await? else { return Ok(None) };
        let (work, what) = (&claimed.work, self.terms.what);
        if work.is_delivered {
            self.remove(&claimed).await?;
            return Ok(None);
        }
        if work.gives_up_at <= now {
            tracing::error!(id = %work.id, tries = work.tries, cause = work.failure, "a {what} was given up");
            self.by.give_up(work).await?;
            self.queue.give_up(&claimed).await?;
            return Ok(None);
        }
        Ok(Some(claimed))
    }

    async fn attempt_claimed(&self, claimed: Claimed<T>, slot: Slot<'r>) -> Step<T> {
        self.noting(async {
            let (work, what) = (&claimed.work, self.terms.what);
            let outcome = tokio::time::timeout(self.terms.attempt, self.by.deliver(work)).await;
            drop(slot);
            match outcome.unwrap_or_else(|_| Err(Fault::unavailable("the attempt took too long"))) {
                Ok(()) => {
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
        })
        .await;
        Step::Over
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
