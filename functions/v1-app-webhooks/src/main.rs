//! The Lambda function `v1-app-webhooks`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(v1_app_webhooks::endpoint())
}
