//! The Lambda function `v1-apps`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(v1_apps::endpoint())
}
