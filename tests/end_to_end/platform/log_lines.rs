//! The log: lines to read on a terminal, and JSON in Lambda.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use shared::config::log_level::LogLevel;
use tracing_subscriber::layer::SubscriberExt;

use crate::harness::{JWT_BEARER, Signer, TestServer};

/// Lines of this test's thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// The lines since the last call, with `N` in place of each duration.
    fn taken(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().map(without_duration).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn without_duration(line: &str) -> String {
    let before = line.strip_suffix(" ms").and_then(|line| line.rsplit_once(", "));
    match before {
        Some((line, milliseconds)) if milliseconds.parse::<u64>().is_ok() => format!("{line}, N ms"),
        _ => line.to_owned(),
    }
}

#[tokio::test]
async fn a_terminal_shows_a_line_for_each_request_and_none_for_the_first_keys() {
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::registry().with(local::log::lines(move || writer.clone()));
    let guard = tracing::subscriber::set_default(log.with(LogLevel::default().filter()));
    let driftwood = TestServer::start().await;
    assert_eq!(lines.taken(), [""; 0], "nothing happened but the start");
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    lines.taken();
    let other = [("redirect_uri", "https://web.example/other")];
    client.exchange_with(&driftwood, &code, &other).await.refused_oauth(400, "invalid_grant");
    client.exchange(&driftwood, &code).await.json();
    driftwood.get("/oauth2/nowhere?token=secret").await;
    driftwood.post("auth-register", serde_json::json!({"email": "x"})).await;
    assert_eq!(
        lines.taken(),
        [
            "POST /oauth2/token 400 invalid_grant: the redirect_uri is not the one of the authorization request, N ms",
            "POST /oauth2/token 200, N ms",
            "GET /oauth2/nowhere 404 not_found: there is nothing at this path, N ms",
            "POST /api/auth-register 400 invalid_input: email must be an e-mail address, like ada@example.com; name is required; password is required, N ms",
        ]
    );
    // The suite's own log has a line of each server, too.
    drop(guard);
    driftwood.get("/.well-known/jwks.json").await;
}

#[tokio::test]
async fn a_json_line_has_method_path_reason_and_duration() {
    let driftwood = TestServer::start().await;
    let refused = driftwood.token_form(&[], "grant_type=magic&client_id=a-client-of-this-test").await;
    let line = driftwood.log_line(refused.header("x-request-id"));
    let fields = &line["fields"];
    assert_eq!((&fields["method"], &fields["path"]), (&Value::from("POST"), &Value::from("/oauth2/token")));
    assert_eq!((&fields["status"], &fields["code"]), (&Value::from(400), &Value::from("unsupported_grant_type")));
    assert!(fields["reason"].as_str().unwrap().starts_with("grant_type must be one of authorization_code"), "{line}");
    assert!(fields["milliseconds"].is_u64() && fields["message"] == "refused", "{line}");
    assert_eq!(line["span"]["request_id"], refused.header("x-request-id"));
    let long = driftwood.get(&format!("/{}?token=secret", "x".repeat(2_000))).await;
    let line = driftwood.log_line(long.header("x-request-id"));
    assert_eq!(line["fields"]["path"].as_str().unwrap().len(), 200);
    assert!(!line.to_string().contains("secret"), "{line}");
}

#[tokio::test]
async fn what_the_caller_reads_is_logged_once() {
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::registry().with(local::log::lines(move || writer.clone()));
    let guard = tracing::subscriber::set_default(log.with(LogLevel::default().filter()));
    let driftwood = TestServer::start().await;
    let signer = Signer::es256("1");
    let client = driftwood.signing_client(&signer, ("jwks", signer.jwks())).await;
    lines.taken();
    let assertion = signer.assertion(&client.app.client_id, "https://elsewhere.example", driftwood.clock.now());
    let form = format!("grant_type=client_credentials&client_assertion_type={JWT_BEARER}&client_assertion={assertion}");
    let error = driftwood.form("/oauth2/token", &[], &form).await.refused_oauth(401, "invalid_client");
    let description = error["error_description"].as_str().unwrap();
    let logged = lines.taken();
    let expected = format!("POST /oauth2/token 401 invalid_client: {description}, N ms");
    assert!(logged.len() == 1 && logged[0].eq_ignore_ascii_case(&expected), "{logged:?}");
    drop(guard);
    driftwood.get("/.well-known/jwks.json").await;
}
