//! The Lambda function `oauth-metadata`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_metadata::endpoint())
}
