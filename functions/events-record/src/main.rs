//! The Lambda function `events-record`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event(events_record::handle)
}
