//! The Lambda function `webhooks-queue`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event(webhooks_queue::handle)
}
