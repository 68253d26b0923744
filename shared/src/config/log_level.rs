//! `LOG_LEVEL`: what is logged.

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::FilterFn;

/// The crates of this workspace that log.
pub const OUR_CRATES: [&str; 7] =
    ["events_publish", "events_record", "keys_rotate", "local", "shared", "users_purge", "webhooks_queue"];

/// The least important lines that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLevel(LevelFilter);

impl LogLevel {
    /// Reads `error`, `warn`, `info`, `debug` or `trace`.
    ///
    /// # Errors
    ///
    /// A sentence for any other text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let level = ["error", "warn", "info", "debug", "trace"].contains(&text).then(|| text.parse().ok()).flatten();
        level.map(Self).ok_or("must be error, warn, info, debug or trace")
    }

    /// The level itself, for a log that has our lines only.
    pub fn level(self) -> LevelFilter {
        self.0
    }

    /// The filter for the log. Only our own crates follow the level: others log at most warnings, because below that the AWS
    /// SDK and HTTP clients log addresses, hashes and whole items.
    pub fn filter(self) -> FilterFn<impl Fn(&Metadata<'_>) -> bool + Clone + Send + Sync + 'static> {
        let others = self.0.min(LevelFilter::WARN);
        let is_logged = move |event: &Metadata<'_>| {
            let limit = if is_ours(event.target()) { self.0 } else { others };
            *event.level() <= limit
        };
        FilterFn::new(is_logged).with_max_level_hint(self.0)
    }
}

/// Returns whether a line comes from a crate of this workspace: its target begins with the crate's name.
pub fn is_ours(target: &str) -> bool {
    OUR_CRATES.contains(&target.split("::").next().unwrap_or_default())
}

impl Default for LogLevel {
    fn default() -> Self {
        Self(LevelFilter::INFO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    /// The targets and levels of what passed the filter.
    #[derive(Clone, Default)]
    struct Passed(Arc<Mutex<Vec<String>>>);

    impl<S: tracing::Subscriber> Layer<S> for Passed {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            let event = event.metadata();
            self.0.lock().unwrap().push(format!("{} {}", event.target(), event.level()));
        }
    }

    fn passed(level: &str) -> Vec<String> {
        let passed = Passed::default();
        let log = tracing_subscriber::registry().with(passed.clone()).with(LogLevel::parse(level).unwrap().filter());
        tracing::subscriber::with_default(log, || {
            tracing::trace!(target: "shared::store", "ours");
            tracing::info!(target: "users_purge", "ours");
            tracing::trace!(target: "aws_smithy_runtime::client", "a whole item");
            tracing::info!(target: "hyper_util::client", "an address");
            tracing::info!(target: "shared_by_others", "not ours");
            tracing::warn!(target: "aws_config", "a warning");
        });
        passed.0.lock().unwrap().clone()
    }

    #[test]
    fn only_our_own_crates_follow_the_level() {
        assert_eq!(passed("trace"), ["shared::store TRACE", "users_purge INFO", "aws_config WARN"]);
        assert_eq!(passed("info"), ["users_purge INFO", "aws_config WARN"]);
        assert_eq!(passed("warn"), ["aws_config WARN"]);
        assert!(passed("error").is_empty());
        assert!(LogLevel::parse("loud").is_err() && LogLevel::parse("5").is_err());
    }
}
