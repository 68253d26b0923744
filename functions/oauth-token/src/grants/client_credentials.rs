//! `grant_type=client_credentials` (RFC 6749 §4.4): the client acts for itself.

use shared::app::App;
use shared::domain::client::Client;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::scope::ScopeSet;
use shared::domain::token::access_token::{AccessTokenClaims, Issuance, TYP};
use shared::service::authorization_request::scopes_at;
use shared::service::client::authentication::PresentedClient;
use shared::service::verified_email;
use shared::store::Load;

use crate::audience::{Bound, audience};
use crate::reply::IssuedTokens;

/// Issues an access token, and no refresh token (RFC 6749 §4.4.3): one batch read.
pub(crate) async fn issue(
    app: &App,
    presented: &PresentedClient,
    parameters: &Fields,
) -> Result<IssuedTokens, OAuthError> {
    let loaded = presented.load(app, Load::default()).await?;
    let client = presented.verify_for(app, &loaded, GrantType::ClientCredentials).await?;
    // An unowned client has no access of its own.
    let owner = client.owner.ok_or_else(|| {
        OAuthError::new(OAuthCode::UnauthorizedClient, "The client belongs to no account and has no access of its own")
    })?;
    if loaded.creator.as_ref().is_none_or(|creator| !verified_email::is_enough(app, creator)) {
        let description = "The e-mail address of the client's owner is not verified yet";
        return Err(OAuthError::new(OAuthCode::UnauthorizedClient, description));
    }
    let now = app.clock.now();
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let audience = audience(app, client, &issuer, parameters, Bound::ToNone)?;
    let resource = Some(audience.as_str()).filter(|audience| *audience != app.keys.audience(&issuer));
    let scopes = scopes(app, client, parameters.parameter("scope")?, resource)?;
    let lifetime = app.config.client_token_lifetime;
    let issuance = Issuance { issuer, audience, now, lifetime };
    let claims = AccessTokenClaims::of_client(issuance, client, owner, scopes.as_ref());
    let access_token = app.keys.signing().await?.sign(app.config.signing_algorithm, TYP, &claims, now)?;
    Ok(IssuedTokens {
        access_token,
        refresh_token: None,
        id_token: None,
        expires_in: lifetime.as_secs(),
        scope: scopes.as_ref().map(ScopeSet::to_string),
        org_id: None,
    })
}

/// The scopes of the token: the requested ones, or else all scopes of the app that need no user, as far as they belong to the
/// API; `None` if the app is not limited.
fn scopes(
    app: &App,
    client: &Client,
    asked: Option<&str>,
    resource: Option<&str>,
) -> Result<Option<ScopeSet>, OAuthError> {
    let invalid = |description: String| OAuthError::new(OAuthCode::InvalidScope, description);
    let own = &client.metadata.scopes;
    let asked = asked.map(|asked| app.config.scopes.requested(asked)).transpose();
    let asked = asked.map_err(|unknown| invalid(unknown.to_string()))?.filter(|asked| !asked.is_empty());
    let scopes = match asked {
        Some(asked) => {
            let of_user = asked.of_sign_in();
            if !of_user.is_empty() {
                return Err(invalid(format!("client_credentials has no user, and {of_user} needs one")));
            }
            if !own.is_empty() {
                asked.ensure_within(own).map_err(invalid)?;
            }
            asked
        }
        None if own.is_empty() => return Ok(None),
        None => own.beyond(&own.of_sign_in()),
    };
    // A token without scopes would have no limits.
    if scopes.is_empty() {
        return Err(invalid(format!(
            "client_credentials has no user, and the app has only scopes that need one: {own}"
        )));
    }
    scopes_at(app, &scopes, resource).map(Some).map_err(invalid)
}
