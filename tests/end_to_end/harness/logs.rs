//! The log of the functions, and the assertion that none of it contains a secret.

use std::cell::RefCell;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};

use shared::config::log_level::{LogLevel, is_ours};
use tracing::subscriber::DefaultGuard;
use tracing::{Level, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// The log of the whole suite: a line may come from any test that runs at the time.
static LOG: Mutex<Option<Log>> = Mutex::new(None);
static START: Once = Once::new();

/// Lines, as the functions log them in Lambda, with their targets.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Logs as a function does. The filter is this log's alone, so that others may see what it leaves out.
    fn subscriber(&self, level: LogLevel) -> impl Subscriber + for<'s> LookupSpan<'s> + Send + Sync + use<> {
        let lines = tracing_subscriber::fmt::layer().json().with_writer(self.clone());
        tracing_subscriber::registry().with(lines.with_filter(level.filter()))
    }

    fn since(&self, start: usize) -> String {
        String::from_utf8_lossy(self.0.lock().unwrap().get(start..).unwrap_or_default()).into_owned()
    }

    /// Asserts that no line since `start` holds any of these secrets, or anything that looks like one.
    #[track_caller]
    pub fn assert_without(&self, start: usize, secrets: &[String]) {
        // Our own sentence about a wrong address has an address in it.
        let log = self.since(start).replace("like ada@example.com", "");
        for secret in secrets.iter().filter(|secret| secret.len() > 5) {
            assert!(!log.contains(secret.as_str()), "a log line contains a secret");
        }
        for form in [
            "dw_ml_", "dw_rt_", "dw_cs_", "dw_dc_", "dw_ra_", "eyJ", "@example", "$argon2", "$2b$", "$pbkdf2",
            "scrypt$", "whsec_",
        ] {
            let line = log.lines().find(|line| line.contains(form));
            assert!(line.is_none(), "a log line contains {form}: {}", line.unwrap_or_default());
        }
    }

    /// The lines since `start`.
    pub fn lines(&self, start: usize) -> Vec<String> {
        self.since(start).lines().map(str::to_owned).collect()
    }

    /// Where the log ends now.
    pub fn end(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

thread_local! {
    /// The log of this thread, while it has one of its own.
    static VERBOSE: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// Where a server that starts on this thread logs: the log of the suite, at the level that deployments have, or the thread's.
pub fn current() -> Log {
    let log = LOG.lock().unwrap().get_or_insert_default().clone();
    START.call_once(|| {
        tracing::subscriber::set_global_default(log.subscriber(LogLevel::default())).expect("nothing else collects");
    });
    VERBOSE.with_borrow(Clone::clone).unwrap_or(log)
}

/// A log of everything that happens on this thread, with as many lines as an operator can have. It also counts what libraries
/// would have logged, which takes longer than what they do; so one test has it and not each.
pub struct Verbose {
    log: Log,
    left_out: LeftOut,
    _guard: DefaultGuard,
}

/// Counts the lines of libraries below a warning.
#[derive(Clone, Default)]
struct LeftOut(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for LeftOut {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let event = event.metadata();
        let is_left_out = !is_ours(event.target()) && *event.level() > Level::WARN;
        self.0.fetch_add(usize::from(is_left_out), Ordering::SeqCst);
    }
}

impl Verbose {
    /// Begins it; it lasts until this is dropped.
    pub fn begin() -> Self {
        current();
        let level = LogLevel::parse("trace").expect("a level");
        let (log, left_out) = (Log::default(), LeftOut::default());
        VERBOSE.set(Some(log.clone()));
        let subscriber = log.subscriber(level).with(left_out.clone());
        Self { _guard: tracing::subscriber::set_default(subscriber), log, left_out }
    }

    /// How many lines libraries would have logged.
    pub fn left_out(&self) -> usize {
        self.left_out.0.load(Ordering::SeqCst)
    }

    /// Asserts that each line is ours, or at least a warning.
    #[track_caller]
    pub fn assert_ours(&self) {
        let lines = self.log.lines(0);
        assert!(!lines.is_empty(), "something is logged");
        for text in lines {
            let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let (level, target) =
                (line["level"].as_str().expect("a level"), line["target"].as_str().expect("a target"));
            assert!(is_ours(target) || ["WARN", "ERROR"].contains(&level), "{text}");
        }
    }
}

impl Drop for Verbose {
    fn drop(&mut self) {
        VERBOSE.set(None);
    }
}
