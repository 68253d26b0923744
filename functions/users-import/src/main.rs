//! The Lambda function `users-import`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(users_import::endpoint())
}
