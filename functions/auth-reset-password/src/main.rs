//! The Lambda function `auth-reset-password`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_reset_password::endpoint())
}
