//! The log of the functions, and the assertion that none of it contains a secret.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Mutex, Once};

use shared::config::log_level::LogLevel;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

/// The log of the whole suite: a line may come from any test that runs at the time.
static LOG: Mutex<Option<Log>> = Mutex::new(None);
static START: Once = Once::new();

/// Lines, in the form that the functions log in Lambda.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn subscriber(&self, level: LevelFilter) -> impl Subscriber + Send + Sync + use<> {
        tracing_subscriber::fmt().json().with_max_level(level).with_writer(self.clone()).finish()
    }

    fn since(&self, start: usize) -> String {
        String::from_utf8_lossy(self.0.lock().unwrap().get(start..).unwrap_or_default()).into_owned()
    }

    /// Asserts that no line since `start` holds any of these secrets, or anything that looks like one.
    #[track_caller]
    pub fn assert_without(&self, start: usize, secrets: &[String]) {
        let log = self.since(start);
        for secret in secrets.iter().filter(|secret| secret.len() > 5) {
            assert!(!log.contains(secret.as_str()), "a log line contains a secret");
        }
        for form in [
            "dw_ml_", "dw_rt_", "dw_cs_", "dw_dc_", "dw_ra_", "eyJ", "@example", "$argon2", "$2b$", "$pbkdf2",
            "scrypt$",
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
        tracing::subscriber::set_global_default(log.subscriber(LevelFilter::INFO)).expect("nothing else collects");
    });
    VERBOSE.with_borrow(Clone::clone).unwrap_or(log)
}

/// A log of everything that happens on this thread, with as many lines of the AWS SDK as an operator can have. Writing those
/// takes longer than what they are about, so one test has them and not each.
pub struct Verbose {
    log: Log,
    _guard: DefaultGuard,
}

impl Verbose {
    /// Begins it; it lasts until this is dropped.
    pub fn begin() -> Self {
        current();
        let level = LogLevel::parse("trace").expect("a level");
        let log = Log::default();
        VERBOSE.set(Some(log.clone()));
        Self { _guard: tracing::subscriber::set_default(log.subscriber(level.filter())), log }
    }

    /// Says whether a line has this in it.
    pub fn has(&self, about: &str) -> bool {
        self.log.lines(0).iter().any(|line| line.contains(about))
    }
}

impl Drop for Verbose {
    fn drop(&mut self) {
        VERBOSE.set(None);
    }
}
