//! Driftwood's pages as people meet them: in Chromium, with an app that waits for the answer.

mod devices;
mod first_day;
mod harness;
mod introductions;
mod keyboard;
mod without_scripts;
