//! The log of `cargo run`, to be read on a terminal: a line for each request, such as
//! `POST /oauth2/token 400 invalid_grant: the redirect_uri is not the one of the authorization request, 12 ms`.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// A layer that writes these lines. Deployed functions write the same as JSON.
pub fn lines<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    tracing_subscriber::fmt::layer().event_format(ReadableLines).with_ansi(false).with_writer(writer)
}

struct ReadableLines;

impl<S, N> FormatEvent<S, N> for ReadableLines
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.of_request().unwrap_or_else(|| format!("{} {}", event.metadata().level(), line.of_all()));
        // What a request has in it cannot begin a line or move the cursor.
        let text = text.replace(|c: char| c.is_control(), " ");
        writeln!(writer, "{text}")
    }
}

/// The fields of an event.
#[derive(Default)]
struct Line(Vec<(&'static str, String)>);

impl Line {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The line about a request that was answered, if it is one.
    fn of_request(&self) -> Option<String> {
        let [method, path, status, milliseconds] =
            ["method", "path", "status", "milliseconds"].map(|name| self.get(name));
        let (method, path, status, milliseconds) = (method?, path?, status?, milliseconds?);
        let code = self.get("code").map(|code| format!(" {code}")).unwrap_or_default();
        let why: String = ["reason", "cause"]
            .iter()
            .filter_map(|name| self.get(name))
            .map(|why| format!(": {}", clause(why)))
            .collect();
        Some(format!("{method} {path} {status}{code}{why}, {milliseconds} ms"))
    }

    /// Any other event: its message and its fields.
    fn of_all(&self) -> String {
        let fields = self.0.iter().filter(|(name, _)| *name != "message");
        let fields: Vec<_> = fields.map(|(name, value)| format!("{name}={value}")).collect();
        let message = self.get("message").unwrap_or_default();
        if fields.is_empty() { message.to_owned() } else { format!("{message}: {}", fields.join(", ")) }
    }
}

/// A sentence within another: without its capital letter and its full stop.
fn clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && !second.is_uppercase() => {
            format!("{}{}", first.to_lowercase(), letters.as_str())
        }
        _ => sentence.to_owned(),
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt;

    fn logged(event: impl FnOnce()) -> String {
        #[derive(Clone, Default)]
        struct Text(Arc<Mutex<Vec<u8>>>);
        impl std::io::Write for Text {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let text = Text::default();
        let writer = text.clone();
        let log = tracing_subscriber::registry().with(lines(move || writer.clone()));
        tracing::subscriber::with_default(log, event);
        String::from_utf8(text.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_request_is_a_sentence_on_a_line() {
        let (method, status, milliseconds) = ("POST", 400_u16, 12_u64);
        let path = "/oauth2/token";
        let answered = logged(|| tracing::info!(method, path, status = 200_u16, milliseconds, "answered"));
        assert_eq!(answered, "POST /oauth2/token 200, 12 ms\n");
        let reason = "The redirect_uri is not the one of the authorization request";
        let refused =
            logged(|| tracing::info!(method, path, status, code = "invalid_grant", reason, milliseconds, "refused"));
        let expected = "POST /oauth2/token 400 invalid_grant: the redirect_uri is not the one of the authorization request, 12 ms\n";
        assert_eq!(refused, expected);
        let (reason, cause) = ("PKCE is missing.", "a\nb\u{1b}[2J");
        let failed =
            logged(|| tracing::error!(method, path, status, code = "x", reason, cause, milliseconds, "failed"));
        assert_eq!(failed, "POST /oauth2/token 400 x: PKCE is missing: a b [2J, 12 ms\n");
    }

    #[test]
    fn any_other_line_has_its_level_and_its_fields() {
        assert_eq!(
            logged(|| tracing::warn!(cause = %"closed", n = 1, "it stopped")),
            "WARN it stopped: cause=closed, n=1\n"
        );
        assert_eq!(logged(|| tracing::info!("it runs")), "INFO it runs\n");
    }
}
