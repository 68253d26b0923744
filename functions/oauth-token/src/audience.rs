//! The audience of a token (RFC 8707 §2.2).

use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::resource::{self, NO_AUDIENCE};

/// The API to which a client's tokens are bound.
#[derive(Clone, Copy)]
pub(crate) enum Bound<'b> {
    /// To none: the client acts for itself, at any API.
    ToNone,
    /// To the API to which the user consented; without a name, to our own.
    To(Option<&'b str>),
}

/// Returns the `aud` of a token. If a user consented to tokens for one API, the request may name that one only.
///
/// # Errors
///
/// `invalid_target`, which names the resource, and `invalid_request` for `audience`.
pub(crate) fn audience(app: &App, issuer: &str, parameters: &Fields, bound: Bound<'_>) -> Result<String, OAuthError> {
    let invalid = |description: String| OAuthError::new(OAuthCode::InvalidTarget, description);
    let mut named =
        parameters.texts("resource").map_err(|name| OAuthError::invalid_request(format!("{name} must be a string")))?;
    named.dedup();
    if named.is_empty() && parameters.has("audience") {
        return Err(OAuthError::invalid_request(NO_AUDIENCE));
    }
    let [named] = match named.as_slice() {
        [] => [None],
        [one] => [Some(one.as_str())],
        _ => return Err(invalid("A token can be for one resource only".to_owned())),
    };
    let of = |resource: Option<&str>| {
        let audience = app.keys.audience_for(issuer, resource).map(str::to_owned);
        audience.ok_or_else(|| invalid(resource::unknown(resource.unwrap_or_default())))
    };
    match (named, bound) {
        (named, Bound::ToNone) => of(named),
        (None, Bound::To(granted)) => of(granted),
        (Some(named), Bound::To(granted)) => {
            let audience = of(granted)?;
            if of(Some(named))? == audience {
                return Ok(audience);
            }
            let granted = granted.unwrap_or("our own API");
            Err(invalid(format!("The grant is for {granted}, not for {named}: ask the user again, with this resource")))
        }
    }
}
