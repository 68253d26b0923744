//! `grant_type=authorization_code` (RFC 6749 §4.1.3): a person's consent, exchanged once.

use shared::app::App;
use shared::authorization_code::{AuthorizationCode, CodeText, Decision, Exchange};
use shared::clock::Timestamp;
use shared::fault::Fault;
use shared::http::Fields;
use shared::oauth::error::OAuthError;
use shared::oauth::grant_type::GrantType;
use shared::session::{Holder, RefreshLifetimes, Session, TokenKind};
use shared::store::{CodeExchanged, Wanted};
use shared::theft;
use shared::token::refresh_token::RefreshToken;

use crate::audience::audience;
use crate::client::Presented;
use crate::delegation::Delegation;
use crate::reply::IssuedTokens;
use crate::{required, text};

const NO_CODE: &str = "The code is unknown, expired or used";

/// Exchanges a code: one batch read and one transaction. Everything is checked, and the tokens are made, before the code
/// is spent.
pub(crate) async fn exchange(
    app: &App,
    presented: &Presented,
    parameters: &Fields,
) -> Result<IssuedTokens, OAuthError> {
    let now = app.clock.now();
    let code = CodeText::parse(required(parameters, "code")?);
    let wanted = Wanted {
        client: presented.client_id(),
        user: code.as_ref().map(|code| code.user_id),
        consent: code.is_some(),
        code: code.as_ref().map(CodeText::hash),
        ..Wanted::default()
    };
    let facts = app.facts(wanted).await?;
    let client = presented.verify(app, &facts, GrantType::AuthorizationCode).await?;
    let (Some(code), Some(user)) = (&facts.code, &facts.user) else { return Err(OAuthError::invalid_grant(NO_CODE)) };
    let exchange = Exchange {
        client_id: client.client_id(),
        redirect_uri: text(parameters, "redirect_uri")?,
        code_verifier: text(parameters, "code_verifier")?,
    };
    match code.decide(exchange, now) {
        Decision::Exchange => {}
        Decision::Replay => return Err(replayed(app, code, now).await?),
        Decision::Refuse(why) => return Err(OAuthError::invalid_grant(why)),
    }
    if !user.is_enabled() || user.epoch != code.epoch || !facts.uphold(&code.grant) {
        return Err(OAuthError::invalid_grant(NO_CODE));
    }
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let audience = audience(app, &issuer, parameters, Some(code.grant.resource.as_deref()))?;
    let (refresh_token, secret_hash) = RefreshToken::first(user.id, code.session_id, TokenKind::OauthClient);
    // An app that keeps a secret stays connected as long as it refreshes.
    let total = app.config.refresh.total.filter(|_| client.is_public());
    let lifetimes = RefreshLifetimes { total, ..app.config.refresh };
    let holder = Holder::OauthClient { grant: code.grant.clone() };
    let session = Session::begin(code.session_id, user, holder, secret_hash, lifetimes, code.device.clone(), now);
    let delegation = Delegation {
        client,
        user,
        session: &session,
        grant: &code.grant,
        scopes: &code.grant.scopes,
        audience,
        issuer,
        nonce: code.nonce.clone(),
        refresh_token: &refresh_token,
    };
    let tokens = delegation.issue(app, now).await?;
    match app.stores.exchange(code, &session).await? {
        CodeExchanged::Done => Ok(tokens),
        CodeExchanged::Used => Err(replayed(app, code, now).await?),
        CodeExchanged::Withdrawn => Err(OAuthError::invalid_grant(NO_CODE)),
    }
}

/// RFC 6749 §4.1.2: whoever uses a code again may have stolen it, or may be whom it was stolen from; so what came of it
/// ends.
async fn replayed(app: &App, code: &AuthorizationCode, now: Timestamp) -> Result<OAuthError, Fault> {
    theft::end_session(app, code.user_id, code.session_id, "an authorization code", now).await?;
    Ok(OAuthError::invalid_grant(NO_CODE))
}
