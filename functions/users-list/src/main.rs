//! The Lambda function `users-list`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(users_list::endpoint())
}
