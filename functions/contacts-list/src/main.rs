//! The Lambda function `contacts-list`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(contacts_list::endpoint())
}
