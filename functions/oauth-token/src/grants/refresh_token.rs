//! `grant_type=refresh_token` (RFC 6749 §6): new tokens for an app to which a user consented.

use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::scope::ScopeSet;
use shared::domain::session::kind::TokenKind;
use shared::service::client::authentication::PresentedClient;
use shared::service::client::retention;
use shared::service::session::rotation;
use shared::store::Load;

use crate::audience::{Bound, audience};
use crate::delegation::Delegation;
use crate::reply::IssuedTokens;

/// Refreshes: one batch read and one conditional write. Everything is checked, and the tokens are issued, before the
/// refresh token is spent.
pub(crate) async fn refresh(
    app: &App,
    presented: &PresentedClient,
    parameters: &Fields,
) -> Result<IssuedTokens, OAuthError> {
    let invalid = || OAuthError::invalid_grant("The refresh token is unknown, expired, used or revoked");
    let now = app.clock.now();
    let token = app.keys.parse_refresh_token(parameters.required_parameter("refresh_token")?).await?;
    let token = token.filter(|token| token.kind == TokenKind::OauthClient);
    let load = Load {
        user: token.as_ref().map(|token| token.user_id),
        session: token.as_ref().map(|token| token.session_id),
        consent: token.is_some(),
        ..Load::default()
    };
    let loaded = presented.load(app, load).await?;
    let client = presented.verify_for(app, &loaded, GrantType::RefreshToken).await?;
    let (Some(token), Some(session), Some(user)) = (&token, &loaded.session, &loaded.user) else {
        return Err(invalid());
    };
    let grant =
        session.kind.grant().filter(|grant| grant.client_id == client.client_id && loaded.grant_is_valid(grant));
    let grant = grant.ok_or_else(invalid)?;
    let granted = app.config.effective_scopes(client, grant);
    let scopes = narrowed(app, parameters.parameter("scope")?, &granted)?;
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let audience = audience(app, client, &issuer, parameters, Bound::To(grant.resource.as_deref()))?;
    let delegation = Delegation {
        client,
        user,
        session,
        grant,
        scopes: &scopes,
        audience,
        issuer,
        nonce: None,
        refresh_token: &token.successor(),
    };
    let tokens = delegation.issue(app, now).await?;
    retention::note(app, client, now).await?;
    if rotation::exchange(app, session, user, token, presented.origin(), now).await? {
        Ok(tokens)
    } else {
        Err(invalid())
    }
}

/// The scopes of the new access token: the granted ones, or fewer for this token only (OAuth 2.1 §4.3).
fn narrowed(app: &App, asked: Option<&str>, granted: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    let invalid = |description: String| OAuthError::new(OAuthCode::InvalidScope, description);
    let asked = asked.map(|asked| app.config.scopes.requested(asked)).transpose();
    let asked = asked.map_err(|unknown| invalid(unknown.to_string()))?.filter(|asked| !asked.is_empty());
    let scopes = asked.unwrap_or_else(|| granted.clone());
    let beyond = scopes.beyond(granted);
    if !beyond.is_empty() {
        return Err(invalid(format!("{beyond} was not granted: a refresh may request the granted scopes or fewer")));
    }
    if scopes.is_empty() {
        return Err(invalid("Nothing is left of the granted scopes: the app may no longer have them".to_owned()));
    }
    Ok(scopes)
}
