//! The Lambda function `users-export`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(users_export::endpoint())
}
