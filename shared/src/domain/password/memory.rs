//! Reusable memory for password hashing.
//!
//! New memory costs more than a tenth of a hash, page by page, and every thread would allocate its own. Therefore one hash
//! per processor can run at a time, and further ones wait: a flood of sign-ins cannot exhaust the machine.

use std::sync::{Mutex, PoisonError};

use argon2::Block;
use tokio::sync::Semaphore;

/// Memory for one hash per processor.
pub(super) struct Memory {
    blocks: usize,
    turns: Semaphore,
    idle: Mutex<Vec<Vec<Block>>>,
}

impl Memory {
    /// Memory for hashes of this many KiB; nothing is allocated yet.
    pub(super) fn new(kib: u32) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let blocks = usize::try_from(kib).unwrap_or(usize::MAX);
        Self { blocks, turns: Semaphore::new(processors), idle: Mutex::default() }
    }

    /// Waits for a turn; it ends when the permit is dropped.
    pub(super) async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // The semaphore is never closed, so a permit is always granted eventually.
        self.turns.acquire().await.ok()
    }

    /// Lends memory to one hash.
    pub(super) fn lend<T>(&self, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = idle().pop().unwrap_or_else(|| vec![Block::new(); self.blocks]);
        let result = work(&mut memory);
        idle().push(memory);
        result
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}
