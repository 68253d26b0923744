//! The list of common passwords.

use std::collections::HashSet;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::GzDecoder;

/// 19,640 passwords in lower case, one per line, as Django ships them (see `infra/decisions/0006-passwords.md`).
const LIST: &[u8] = include_bytes!("common.txt.gz");

/// Returns whether a password is on the list, ignoring case.
pub(super) fn contains(password: &str) -> bool {
    static COMMON: OnceLock<HashSet<String>> = OnceLock::new();
    COMMON.get_or_init(unpack).contains(&password.to_lowercase())
}

#[expect(clippy::expect_used, reason = "the list is built in, and a test unpacks it")]
fn unpack() -> HashSet<String> {
    let mut text = String::new();
    GzDecoder::new(LIST).read_to_string(&mut text).expect("the built-in list is valid");
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_more_than_ten_thousand_passwords() {
        assert!(unpack().len() > 10_000);
    }

    #[test]
    fn case_does_not_make_a_common_password_rare() {
        assert!(contains("password1") && contains("PassWord1") && contains("qwertyuiop"));
        assert!(!contains("correct horse battery staple"));
    }
}
