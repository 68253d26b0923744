//! What every endpoint has in common, and what holds the bundle together.

mod access_tokens;
mod bodies;
mod calls;
mod events;
mod faults;
mod imports;
mod layers;
mod openapi;
mod parity;
mod sources;
mod unit_tests;
