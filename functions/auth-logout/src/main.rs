//! The Lambda function `auth-logout`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_logout::endpoint())
}
