//! The Lambda function `users-purge`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event(users_purge::handle)
}
