//! The Lambda function `auth-verify-email`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_verify_email::endpoint())
}
