//! The Lambda function `mail-send`.

fn main() -> std::process::ExitCode {
    shared::lambda::run_event_using(mail_send::KEYS, mail_send::handler())
}
