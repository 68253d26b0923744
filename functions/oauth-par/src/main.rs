//! The Lambda function `oauth-par`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_par::endpoint())
}
