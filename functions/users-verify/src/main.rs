//! The Lambda function `users-verify`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(users_verify::endpoint())
}
