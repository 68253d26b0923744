//! Driftwood's pages as people meet them: in Chromium, with an app that waits for the answer.

mod first_day;
mod harness;
mod keyboard;
mod without_scripts;
