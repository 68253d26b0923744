//! The Lambda function `contacts-delete`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(contacts_delete::endpoint())
}
