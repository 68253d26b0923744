//! The Lambda function `contacts-update`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(contacts_update::endpoint())
}
