//! The Lambda function `users-delete`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(users_delete::endpoint())
}
