//! The Lambda function `auth-login`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_login::endpoint())
}
