//! `LOG_LEVEL`: what is logged.

use tracing::level_filters::LevelFilter;

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

    /// The filter for the log. At `trace` the AWS SDK logs whole requests and responses, secrets included, so that level
    /// gives the lines of `debug`.
    pub fn filter(self) -> LevelFilter {
        self.0.min(LevelFilter::DEBUG)
    }
}

impl Default for LogLevel {
    fn default() -> Self {
        Self(LevelFilter::INFO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_logs_what_the_aws_sdk_traces() {
        let filters = ["error", "info", "debug", "trace"].map(|text| LogLevel::parse(text).unwrap().filter());
        assert_eq!(filters, [LevelFilter::ERROR, LevelFilter::INFO, LevelFilter::DEBUG, LevelFilter::DEBUG]);
        assert!(LogLevel::parse("loud").is_err() && LogLevel::parse("5").is_err());
    }
}
