//! The log of a function: a line of JSON for each event, which CloudWatch stamps with the time.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::log_level::LogLevel;

/// Logs to the standard output of this process from now on.
pub fn start(level: LogLevel) {
    // A second call finds the first subscriber in place, and that one works as well.
    let log = tracing_subscriber::registry().with(lines(std::io::stdout)).with(level.level());
    _ = log.with(level.filter()).try_init();
}

/// Writes the lines: the fields of each event, and those of the request that it belongs to as `span`.
///
/// This is the form of `tracing-subscriber`, which reads the fields of a span again for each event of it.
fn lines<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    tracing_subscriber::fmt::layer().fmt_fields(JsonFields::new()).event_format(JsonLines).with_writer(writer)
}

struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = String::with_capacity(512);
        write!(line, "{{\"level\":\"{}\"", event.metadata().level())?;
        event.record(&mut Fields(&mut line));
        if let Some(span) = context.lookup_current() {
            line.push_str(",\"span\":{");
            let extensions = span.extensions();
            // They are an object already.
            let fields =
                extensions.get::<FormattedFields<N>>().map(|fields| fields.fields.as_str()).unwrap_or_default();
            let fields = fields.strip_prefix('{').and_then(|fields| fields.strip_suffix('}')).unwrap_or_default();
            line.push_str(fields);
            line.push_str(if fields.is_empty() { "\"name\":\"" } else { ",\"name\":\"" });
            line.push_str(span.name());
            line.push_str("\"}");
        }
        line.push_str("}\n");
        writer.write_str(&line)
    }
}

/// Appends fields.
struct Fields<'l>(&'l mut String);

impl Fields<'_> {
    fn text(&mut self, field: &Field, text: &str) {
        // Text has a form in JSON.
        if let Ok(text) = serde_json::to_string(text) {
            self.plain(field, text);
        }
    }

    /// Appends a value whose text is JSON. Names of fields are identifiers.
    fn plain(&mut self, field: &Field, json: impl fmt::Display) {
        // Writing to a string cannot fail.
        _ = write!(self.0, ",\"{}\":{json}", field.name());
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        match value.is_finite() {
            true => self.plain(field, value),
            false => self.plain(field, "null"),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn lines(&self) -> Vec<Value> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
    }

    #[test]
    fn a_line_is_that_of_the_library_whatever_its_fields_are() {
        let (ours, theirs) = (Kept::default(), Kept::default());
        let (first, second) = (ours.clone(), theirs.clone());
        let library = tracing_subscriber::fmt::layer().json().without_time().with_target(false).flatten_event(true);
        let library = library.with_current_span(true).with_span_list(false).with_writer(move || second.clone());
        let log = tracing_subscriber::registry().with(lines(move || first.clone())).with(library);
        tracing::subscriber::with_default(log, || {
            tracing::warn!("outside of a request");
            tracing::info_span!("request", function = "a \"b\" \n", number = 7, id = %"x", odd = ?Some(1)).in_scope(
                || {
                    let (cause, absent): (Option<&str>, Option<&str>) = (Some("é \\ \u{1}"), None);
                    tracing::info!(status = 200, share = 0.5, is_new = true, signed = -1, cause, absent, "answered");
                    tracing::error!(reason = ?vec![1], shown = %"text", "failed: {}", 3);
                },
            );
            tracing::info_span!("empty").in_scope(|| tracing::info!(only = "a field"));
        });
        assert_eq!(ours.lines().len(), 4);
        assert_eq!(ours.lines(), theirs.lines());
    }
}
