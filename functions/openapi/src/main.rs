//! The Lambda function `openapi`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(openapi::endpoint())
}
