//! The Lambda function `auth-register`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_register::endpoint())
}
