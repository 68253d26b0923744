//! The Lambda function `v1-app-commands`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(v1_app_commands::endpoint())
}
