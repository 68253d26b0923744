//! Reusable memory for password hashing.
//!
//! New memory costs more than a tenth of a hash, page by page, and every thread would allocate its own. Therefore one hash
//! per processor can run at a time in a process, and further ones wait: a flood of sign-ins cannot exhaust the machine.

use std::sync::{LazyLock, Mutex, PoisonError};

use argon2::Block;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The memory of one hash.
pub(super) const MEMORY_KIB: u32 = 19_456;

/// The permits: one for each processor.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

/// Memory that no hash uses at the moment: at most as much as there are permits.
static IDLE: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// A hash's turn, which ends when it is dropped.
pub(super) struct Turn(#[expect(dead_code, reason = "it only has to live")] Option<SemaphorePermit<'static>>);

/// Waits for a turn.
pub(super) async fn turn() -> Turn {
    // The semaphore is never closed, so a permit is always granted eventually.
    Turn(TURNS.acquire().await.ok())
}

/// Lends memory to one hash, whose turn lasts as long as the hash does: also when its request is gone meanwhile.
pub(super) fn lend<T>(_turn: Turn, work: impl FnOnce(&mut [Block]) -> T) -> T {
    let idle = || IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let blocks = usize::try_from(MEMORY_KIB).unwrap_or(usize::MAX);
    let mut memory = idle().pop().unwrap_or_else(|| vec![Block::new(); blocks]);
    let result = work(&mut memory);
    idle().push(memory);
    result
}
