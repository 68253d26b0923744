//! The page that a failed story saw last.

use std::thread;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::screenshots;

/// How long the driver may take for an answer: it may be waiting for a page of a server that has ended with the story.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reports which page is shown (its title, address and text) and saves a screenshot of it when it is dropped by a panic, of
/// the harness or of a story's own assertion.
pub struct FailureReport {
    session: String,
}

impl FailureReport {
    /// The report of a session of a driver.
    pub fn of(driver: &str, session: &str) -> Self {
        Self { session: format!("{driver}/session/{session}") }
    }
}

impl Drop for FailureReport {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let story = thread::current().name().unwrap_or("story").replace("::", "-");
        let name = format!("failed-{story}");
        let session = self.session.clone();
        // The runtime of the story is unwinding, so this one has a thread of its own.
        let report = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(collect(&session, &name))
        });
        match report.join() {
            Ok(Some(report)) => eprintln!("{report}"),
            _ => eprintln!("The browser does not report which page it shows."),
        }
    }
}

async fn collect(session: &str, name: &str) -> Option<String> {
    let http = Client::builder().no_proxy().timeout(TIMEOUT).build().ok()?;
    let get = |path: &str| http.get(format!("{session}/{path}"));
    let (title, address) = (read(get("title")).await?, read(get("url")).await?);
    let body = http.post(format!("{session}/element"));
    let body = read(body.body(json!({"using": "css selector", "value": "body"}).to_string())).await?;
    let body = body.as_object()?.values().next()?.as_str()?.to_owned();
    let text = read(get(&format!("element/{body}/text"))).await?;
    let picture = screenshots::save(name, read(get("screenshot")).await?.as_str()?);
    let (title, address, text) = (title.as_str()?, address.as_str()?, text.as_str()?);
    Some(format!("The page was “{title}” at {address}, as in {}:\n{text}", picture.display()))
}

async fn read(request: RequestBuilder) -> Option<Value> {
    let answer: Value = request.send().await.ok()?.text().await.ok()?.parse().ok()?;
    answer.get("value").cloned()
}
