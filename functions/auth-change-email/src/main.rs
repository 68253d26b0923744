//! The Lambda function `auth-change-email`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_change_email::endpoint())
}
