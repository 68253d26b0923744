//! The Lambda function `oauth-introspect`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_introspect::endpoint())
}
