//! The Lambda function `oauth-device`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_device::endpoint())
}
