//! The Lambda function `oauth-apps-revoke`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_apps_revoke::endpoint())
}
