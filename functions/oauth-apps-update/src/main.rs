//! The Lambda function `oauth-apps-update`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_apps_update::endpoint())
}
