//! The Lambda function `key-refresh`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(key_refresh::endpoint())
}
