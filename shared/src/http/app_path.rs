//! Each app's own address in the management API.

use crate::domain::client::id::AppId;
use crate::http::error::api::ApiError;
use crate::paths::APPS;

/// Returns the app of this path: its own address, or one right below it.
///
/// # Errors
///
/// `404 not_found` when the path has no app's id.
pub fn id(path: &str) -> Result<AppId, ApiError> {
    let rest = path.strip_prefix(APPS).and_then(|rest| rest.strip_prefix('/'));
    let id = rest.and_then(|rest| AppId::parse(rest.split('/').next()?));
    id.ok_or_else(|| ApiError::not_found("Your account has no such app"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_found_by_its_own_address_and_by_those_below_it() {
        let text = "0199a1b2-0000-7000-8000-000000000001";
        for path in [format!("/api/v1/apps/{text}"), format!("/api/v1/apps/{text}/config")] {
            assert_eq!(id(&path).unwrap().to_string(), text, "{path}");
        }
        for path in ["/api/v1/apps", "/api/v1/apps/", "/api/v1/apps/x/config", "/api/v1/appsx", "/"] {
            assert!(id(path).is_err(), "{path}");
        }
    }
}
