//! The Lambda function `oauth-register`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_register::endpoint())
}
