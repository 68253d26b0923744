//! The Lambda function `oauth-callback`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_callback::endpoint())
}
