//! The Lambda function `mail-send`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event(mail_send::handler())
}
