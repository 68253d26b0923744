//! The Lambda function `v1-app-config`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(v1_app_config::endpoint())
}
