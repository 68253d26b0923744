//! The Lambda function `key-authenticate`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(key_authenticate::endpoint())
}
