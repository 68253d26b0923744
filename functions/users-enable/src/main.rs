//! The Lambda function `users-enable`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(users_enable::endpoint())
}
