//! A server for a test, and the people and programs that use it.

mod driftwood;
mod logs;
mod reply;
mod wire;

pub use driftwood::{Alice, Driftwood, PASSWORD, Program, claims};

pub use wire::{Call, Trouble};
