//! Driftwood's pages as users meet them: in Chromium, with an app that waits for the answer.

mod another_provider;
mod changing;
mod devices;
mod first_day;
mod getting_back;
mod harness;
mod introductions;
mod keyboard;
mod leaving;
mod messages;
mod reading;
mod user_keys;
mod without_scripts;
