//! The Lambda function `contacts-create`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(contacts_create::endpoint())
}
