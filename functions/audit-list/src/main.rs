//! The Lambda function `audit-list`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(audit_list::endpoint())
}
