//! The Lambda function `mails-list`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(mails_list::endpoint())
}
