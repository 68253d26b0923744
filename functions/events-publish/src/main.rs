//! The Lambda function `events-publish`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event(events_publish::handler())
}
