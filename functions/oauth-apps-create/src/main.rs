//! The Lambda function `oauth-apps-create`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_apps_create::endpoint())
}
