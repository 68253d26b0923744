//! Driftwood's pages as people meet them: in Chromium, with an app that waits for the answer.

mod changing;
mod devices;
mod first_day;
mod getting_back;
mod harness;
mod introductions;
mod keyboard;
mod leaving;
mod letters;
mod user_keys;
mod reading;
mod without_scripts;
