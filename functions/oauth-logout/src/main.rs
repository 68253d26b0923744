//! The Lambda function `oauth-logout`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_logout::endpoint())
}
