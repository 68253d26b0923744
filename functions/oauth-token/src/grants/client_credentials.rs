//! `grant_type=client_credentials` (RFC 6749 §4.4): the client for itself.

use shared::app::App;
use shared::http::Fields;
use shared::id::TokenId;
use shared::oauth::error::{OAuthCode, OAuthError};
use shared::oauth::grant_type::GrantType;
use shared::oauth::scope::ScopeSet;
use shared::oauth_app::OauthApp;
use shared::token::access_token::{AccessTokenClaims, TYP, TokenType};

use crate::client::Client;
use crate::reply::IssuedToken;
use crate::text;

/// Issues an access token, and no refresh token (RFC 6749 §4.4.3).
pub(crate) async fn issue(app: &App, client: &Client, parameters: &Fields) -> Result<IssuedToken, OAuthError> {
    if !client.app.grant_types.contains(&GrantType::ClientCredentials) {
        return Err(OAuthError::new(
            OAuthCode::UnauthorizedClient,
            "The client is not registered for client_credentials",
        ));
    }
    let scope = scope(&client.app, text(parameters, "scope")?)?.map(|scope| scope.to_string());
    let now = app.clock.now();
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    // RFC 8707 §2: our own API is the only resource there is.
    let audience = app.keys.audience(&issuer);
    if text(parameters, "resource")?.is_some_and(|resource| resource != audience && resource != issuer) {
        return Err(OAuthError::new(OAuthCode::InvalidTarget, "There is no such resource"));
    }
    let client_id = client.app.client_id().to_string();
    let claims = AccessTokenClaims {
        sub: client_id.clone(),
        aud: audience.to_owned(),
        exp: now.after(app.config.client_token_lifetime),
        iat: now,
        jti: TokenId::generate(now),
        client_id,
        scope: scope.clone(),
        sid: None,
        user_id: client.creator.id,
        account_id: None,
        org_id: client.app.account_id,
        token_type: TokenType::OauthClient,
        iss: issuer.clone(),
    };
    let access_token = app.keys.signing().await?.sign(app.config.signing_algorithm, TYP, &claims, now)?;
    Ok(IssuedToken { access_token, expires_in: app.config.client_token_lifetime.as_secs(), scope })
}

/// What the token may be used for: what was asked for, or else all that the app may have; `None` where that is everything.
fn scope(app: &OauthApp, asked: Option<&str>) -> Result<Option<ScopeSet>, OAuthError> {
    let invalid = |description: String| OAuthError::new(OAuthCode::InvalidScope, description);
    let asked = asked
        .map(ScopeSet::parse)
        .transpose()
        .map_err(|unknown| invalid(unknown.to_string()))?
        .filter(|asked| !asked.is_empty());
    match asked {
        Some(asked) if app.scopes.is_empty() || asked.is_subset(&app.scopes) => Ok(Some(asked)),
        Some(_) => Err(invalid("The client may not have all of these scopes".to_owned())),
        None => Ok((!app.scopes.is_empty()).then(|| app.scopes.clone())),
    }
}
