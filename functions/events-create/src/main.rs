//! The Lambda function `events-create`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(events_create::endpoint())
}
