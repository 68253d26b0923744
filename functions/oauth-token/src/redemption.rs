//! The exchange of a user's approval for a session and its tokens.

use shared::app::App;
use shared::domain::authorization::consent::Approval;
use shared::domain::client::Client;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::OAuthError;
use shared::domain::session::kind::{SessionKind, TokenKind};
use shared::domain::session::lifetimes::RefreshLifetimes;
use shared::domain::session::refresh_token::RefreshToken;
use shared::domain::session::{Session, SessionCredential};
use shared::domain::types::timestamp::Timestamp;
use shared::store::{ExchangeSource, Exchanged, Loaded};

use crate::audience::{Bound, audience};
use crate::delegation::Delegation;
use crate::reply::IssuedTokens;

/// The outcome of an exchange.
pub(crate) enum Redemption {
    /// The tokens.
    Tokens(Box<IssuedTokens>),
    /// Another request was faster.
    Used,
    /// The user, their consent or their sign-in is no longer valid.
    Withdrawn,
}

/// Issues the tokens, and only then spends the code, with one transaction.
pub(crate) async fn redeem(
    app: &App,
    parameters: &Fields,
    client: &Client,
    loaded: &Loaded,
    source: ExchangeSource<'_>,
    now: Timestamp,
) -> Result<Redemption, OAuthError> {
    let (approval, nonce) = match source {
        ExchangeSource::Code(code) => (&code.approval, code.nonce.clone()),
        ExchangeSource::Device(_, approval) => (approval, None),
    };
    let Approval { epoch, grant, session_id, device, .. } = approval;
    let is_valid =
        |user: &&shared::domain::user::User| user.is_enabled() && user.epoch == *epoch && loaded.grant_is_valid(grant);
    let Some(user) = loaded.user.as_ref().filter(is_valid) else { return Ok(Redemption::Withdrawn) };
    let issuer = app.keys.issuer(&app.stores.keys).await?;
    let audience = audience(app, client, &issuer, parameters, Bound::To(grant.resource.as_deref()))?;
    let (refresh_token, secret_hash) = RefreshToken::first(user.id, *session_id, TokenKind::OauthClient);
    // A confidential client stays connected as long as it refreshes.
    let total = app.config.refresh.total.filter(|_| client.is_public());
    let lifetimes = RefreshLifetimes { total, ..app.config.refresh };
    let kind = SessionKind::OauthClient { grant: grant.clone() };
    let credential = SessionCredential { id: *session_id, secret_hash };
    let session = Session::begin(credential, user, kind, lifetimes, device.clone(), now);
    // A scope that the app lost after the user's consent, or that belongs to another API, is not in its tokens either.
    let scopes = app.config.effective_scopes(client, grant);
    if scopes.is_empty() {
        return Ok(Redemption::Withdrawn);
    }
    let delegation = Delegation {
        client,
        user,
        session: &session,
        grant,
        scopes: &scopes,
        audience,
        issuer,
        nonce,
        refresh_token: &refresh_token,
    };
    let tokens = delegation.issue(app, now).await?;
    Ok(match app.stores.exchange(source, &session).await? {
        Exchanged::Done => Redemption::Tokens(Box::new(tokens)),
        Exchanged::Used => Redemption::Used,
        Exchanged::Withdrawn => Redemption::Withdrawn,
    })
}
