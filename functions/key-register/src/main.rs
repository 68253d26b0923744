//! The Lambda function `key-register`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(key_register::endpoint())
}
