//! The Lambda function `oauth-revoke`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_revoke::endpoint())
}
