//! The Lambda function `auth-forgot-password`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_forgot_password::endpoint())
}
