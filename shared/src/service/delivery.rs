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
/// How long a run goes on when all that is left is for busy receivers.
const BUSY: Duration = Duration::from_secs(5);
/// When work is due again that was not attempted.
const MOMENT: Duration = Duration::from_secs(2);
/// What an attempt leaves of its run, for the write after it.
const FOR_WRITES: Duration = Duration::from_secs(5);

/// What is taken by an attempt, and free again when it is dropped.
pub type Place<'s> = Box<dyn Send + 's>;

/// What delivers one kind of work.
pub trait Deliver<T>: Send + Sync {
    /// Takes a place at the receiver of this work; `None` if the receiver has enough to do.
    fn place(&self, _: &Work<T>) -> Option<Place<'_>> {
        Some(Box::new(()))
    }

    /// Attempts to deliver one piece of work, which has a place; it is delivered, or there is nothing to deliver any more.
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

    /// Attempts everything that is due, a page of every shard at a time.
    ///
    /// # Errors
    ///
    /// The first [`Fault`] of a read or write of the queue; everything is attempted again when its claim ends.
    pub fn sweep(self) -> BoxFuture<'r, Result<(), Fault>> {
        Box::pin(self.sweep_shards())
    }

    async fn sweep_shards(self) -> Result<(), Fault> {
        let mut shards: Vec<u8> = (0..SHARDS).collect();
        while !shards.is_empty() && !self.is_over() {
            let (mut filled, mut due) = (Vec::new(), Vec::new());
            for shard in shards {
                let keys = self.queue.due(shard, self.clock.now(), PAGE).await?;
                if !keys.is_empty() {
                    filled.push(shard);
                    due.extend(keys);
                }
            }
            // Together, so that what one shard has for a slow receiver does not delay the others.
            self.attempt_all(due).await;
            shards = filled;
        }
        self.ended()
    }

    /// Attempts all of these. What is for a busy receiver waits for its turn, and nothing else waits with it.
    async fn attempt_all(&self, keys: Vec<WorkKey>) {
        let (mut keys, mut waiting, mut steps) = (keys.into_iter(), VecDeque::new(), FuturesUnordered::new());
        let mut only_busy_since: Option<Instant> = None;
        loop {
            while steps.len() < self.terms.at_once && !self.is_over() {
                let step: BoxFuture<'_, Step<T>> = match self.next_in_turn(&mut waiting) {
                    Some((claimed, place)) => Box::pin(self.attempt_claimed(claimed, place)),
                    None => match keys.next() {
                        Some(key) => Box::pin(self.claim(key)),
                        None => break,
                    },
                };
                steps.push(step);
            }
            if keys.len() > 0 || steps.len() == self.terms.at_once {
                only_busy_since = None;
            } else if only_busy_since.get_or_insert_with(Instant::now).elapsed() >= BUSY {
                break;
            }
            match steps.next().await {
                Some(Step::Claimed(claimed)) => waiting.push_back(*claimed),
                Some(Step::Over) => {}
                None => break,
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

    /// The first of what waits whose receiver has a place.
    fn next_in_turn(&self, waiting: &mut VecDeque<Claimed<T>>) -> Option<(Claimed<T>, Place<'r>)> {
        let (position, place) = waiting
            .iter()
            .enumerate()
            .find_map(|(position, claimed)| Some((position, self.by.place(&claimed.work)?)))?;
        Some((waiting.remove(position)?, place))
    }

    /// Notes the first fault of a write to the queue.
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

    async fn attempt_claimed(&self, claimed: Claimed<T>, place: Place<'r>) -> Step<T> {
        self.noting(async {
            let (work, what) = (&claimed.work, self.terms.what);
            let outcome = tokio::time::timeout(self.terms.attempt, self.by.deliver(work)).await;
            drop(place);
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
