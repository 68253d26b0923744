//! The Lambda function `oauth-authorize`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_authorize::endpoint())
}
