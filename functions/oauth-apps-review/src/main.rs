//! The Lambda function `oauth-apps-review`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_apps_review::endpoint())
}
