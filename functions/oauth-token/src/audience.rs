//! The audience of a token (RFC 8707 §2.2).

use shared::app::App;
use shared::domain::client::Client;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::resource::Access;

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

fn named_audience(app: &App, issuer: &str, parameters: &Fields, bound: Bound<'_>) -> Result<String, OAuthError> {
    let no_such = || OAuthError::new(OAuthCode::InvalidTarget, "The resource is unknown or not part of this grant");
    let named =
        parameters.texts("resource").map_err(|name| OAuthError::invalid_request(format!("{name} must be a string")))?;
    let of = |resource| app.keys.audience_for(issuer, resource).map(str::to_owned).ok_or_else(no_such);
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
        _ => return Err(OAuthError::new(OAuthCode::InvalidTarget, "A token can be for one resource only")),
    };
    match (named, bound) {
        (Some(named), Bound::ToNone) => Ok(named.clone()),
        (None, Bound::ToNone) => of(None),
        (named, Bound::To(granted)) => {
            let audience = of(granted)?;
            if named.is_none_or(|named| *named == audience) { Ok(audience) } else { Err(no_such()) }
        }
    }
}
