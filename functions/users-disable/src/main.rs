//! The Lambda function `users-disable`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(users_disable::endpoint())
}
