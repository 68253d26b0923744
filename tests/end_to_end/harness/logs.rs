//! All log lines of the suite, and the assertion that none of them contains a secret.

use std::io::Write;
use std::sync::{Mutex, Once};

use tracing_subscriber::fmt::MakeWriter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static START: Once = Once::new();

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Sink;

    fn make_writer(&'a self) -> Sink {
        Sink
    }
}

/// Starts to collect the log of the functions, in the format of Lambda.
pub fn collect() {
    START.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::level_filters::LevelFilter::DEBUG)
            .with_writer(Sink);
        subscriber.init();
    });
}

/// The current end of the log.
pub fn end() -> usize {
    LINES.lock().unwrap().len()
}

/// Asserts that no log line of the suite since `start` contains any of these.
#[track_caller]
pub fn assert_without(start: usize, secrets: &[String]) {
    let log = String::from_utf8_lossy(LINES.lock().unwrap().get(start..).unwrap_or_default()).into_owned();
    for secret in secrets.iter().filter(|secret| secret.len() > 5) {
        assert!(!log.contains(secret.as_str()), "a log line contains a secret");
    }
    for form in ["dw_ml_", "dw_rt_", "dw_cs_", "dw_dc_", "dw_ra_", "eyJ", "@example", "$argon2"] {
        let line = log.lines().find(|line| line.contains(form));
        assert!(line.is_none(), "a log line contains {form}: {}", line.unwrap_or_default());
    }
}

/// The lines since `start`.
pub fn lines(start: usize) -> Vec<String> {
    let lines = LINES.lock().unwrap();
    String::from_utf8_lossy(lines.get(start..).unwrap_or_default()).lines().map(str::to_owned).collect()
}

/// Says whether the functions logged a response to a request since `start`.
pub fn has_answers(start: usize) -> bool {
    let lines = LINES.lock().unwrap();
    String::from_utf8_lossy(lines.get(start..).unwrap_or_default()).contains("\"request_id\"")
}
