//! The Lambda function `oauth-userinfo`.

fn main() -> std::process::ExitCode {
    shared::lambda::run(oauth_userinfo::endpoint())
}
