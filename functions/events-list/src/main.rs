//! The Lambda function `events-list`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(events_list::endpoint())
}
