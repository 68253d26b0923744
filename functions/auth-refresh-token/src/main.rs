//! The Lambda function `auth-refresh-token`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(auth_refresh_token::endpoint())
}
