//! The Lambda function `keys-rotate`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event(|app, event| keys_rotate::handle(app, event.detail))
}
