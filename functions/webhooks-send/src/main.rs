//! The Lambda function `webhooks-send`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event_using(webhooks_send::KEYS, webhooks_send::handler())
}
