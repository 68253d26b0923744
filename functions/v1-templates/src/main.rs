//! The Lambda function `v1-templates`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(v1_templates::endpoint())
}
