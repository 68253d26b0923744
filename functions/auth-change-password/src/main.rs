//! The Lambda function `auth-change-password`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_change_password::endpoint())
}
