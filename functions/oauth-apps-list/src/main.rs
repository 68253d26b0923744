//! The Lambda function `oauth-apps-list`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_apps_list::endpoint())
}
