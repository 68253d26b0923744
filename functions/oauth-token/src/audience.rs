//! The audience of a token (RFC 8707 §2.2).

use shared::app::App;
use shared::domain::client::Client;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::resource::{self, Access, NO_AUDIENCE};

/// The API to which a client's tokens are bound.
#[derive(Clone, Copy)]
pub(crate) enum Bound<'b> {
    /// To none: the client acts for itself, at any API.
    ToNone,
    /// To the API to which the user consented; without a name, to our own.
    To(Option<&'b str>),
}

/// Returns the `aud` of a token, if the operator lets the client get tokens for that API. If a user consented to tokens for one
/// API, the request may name that one only.
pub(crate) fn audience(
    app: &App,
    client: &Client,
    issuer: &str,
    parameters: &Fields,
    bound: Bound<'_>,
) -> Result<String, OAuthError> {
    let audience = named_audience(app, issuer, parameters, bound)?;
    let access = match bound {
        Bound::ToNone => Access::ClientCredentials,
        Bound::To(_) => Access::Users,
    };
    let is_ours = audience == app.keys.audience(issuer);
    if is_ours || app.config.resources.admits(&audience, access, &client.client_id) {
        return Ok(audience);
    }
    let description = match access {
        Access::ClientCredentials => {
            "The client may not get tokens of its own for this resource; the operator of this server says which may"
        }
        Access::Users => "The client may not get tokens for this resource; the operator of this server says which may",
    };
    Err(OAuthError::new(OAuthCode::InvalidTarget, description))
}

/// # Errors
///
/// `invalid_target`, which names the resource, and `invalid_request` for `audience`.
fn named_audience(app: &App, issuer: &str, parameters: &Fields, bound: Bound<'_>) -> Result<String, OAuthError> {
    let invalid = |description: String| OAuthError::new(OAuthCode::InvalidTarget, description);
    let named =
        parameters.texts("resource").map_err(|name| OAuthError::invalid_request(format!("{name} must be a string")))?;
    if named.is_empty() && parameters.has("audience") {
        return Err(OAuthError::invalid_request(NO_AUDIENCE));
    }
    let of = |resource: Option<&str>| {
        let audience = app.keys.audience_for(issuer, resource).map(str::to_owned);
        audience.ok_or_else(|| invalid(resource::unknown(resource.unwrap_or_default())))
    };
    let mut audiences = Vec::new();
    for resource in &named {
        let audience = of(Some(resource.as_str()))?;
        if !audiences.contains(&audience) {
            audiences.push(audience);
        }
    }
    let named = match audiences.as_slice() {
        [] => None,
        [one] => Some(one),
        _ => return Err(invalid("A token can be for one resource only".to_owned())),
    };
    match (named, bound) {
        (Some(named), Bound::ToNone) => Ok(named.clone()),
        (None, Bound::ToNone) => of(None),
        (named, Bound::To(granted)) => {
            let audience = of(granted)?;
            match named {
                Some(named) if *named != audience => {
                    let granted = granted.unwrap_or("our own API");
                    Err(invalid(format!(
                        "The grant is for {granted}, not for {named}: ask the user again, with this resource"
                    )))
                }
                _ => Ok(audience),
            }
        }
    }
}
