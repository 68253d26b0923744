//! The Lambda function `account`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(account::endpoint())
}
