//! The Lambda function `not-found`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(not_found::endpoint())
}
