//! The Lambda function `oauth-apps-rotate-secret`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_apps_rotate_secret::endpoint())
}
