//! The Lambda function `oauth-token`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_token::endpoint())
}
