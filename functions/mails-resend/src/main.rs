//! The Lambda function `mails-resend`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(mails_resend::endpoint())
}
