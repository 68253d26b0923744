//! The Lambda function `keys-rotate`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event(keys_rotate::handle)
}
