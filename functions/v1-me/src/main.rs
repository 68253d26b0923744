//! The Lambda function `v1-me`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(v1_me::endpoint())
}
