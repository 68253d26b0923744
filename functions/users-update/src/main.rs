//! The Lambda function `users-update`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(users_update::endpoint())
}
