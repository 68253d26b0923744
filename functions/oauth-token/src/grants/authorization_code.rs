//! `grant_type=authorization_code` (RFC 6749 §4.1.3): a user's consent, exchanged once.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::authorization::code::{AuthorizationCode, Decision, Exchange, PlainCode};
use shared::domain::authorization::consent::Approval;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::OAuthError;
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;
use shared::service::client::authentication::PresentedClient;
use shared::service::session::reuse;
use shared::store::{ExchangeSource, Load, Loaded};

use crate::redemption::{Redemption, redeem};
use crate::reply::IssuedTokens;

const NO_CODE: &str = "The code is unknown, expired or used";

/// Exchanges a code: one batch read and one transaction. Everything is checked, and the tokens are issued, before the code
/// is spent.
pub(crate) async fn exchange(
    app: &App,
    presented: &PresentedClient,
    parameters: &Fields,
) -> Result<IssuedTokens, OAuthError> {
    let now = app.clock.now();
    let code = PlainCode::parse(parameters.required_parameter("code")?);
    let load = Load {
        user: code.as_ref().map(PlainCode::user_id),
        consent: code.is_some(),
        code: code.as_ref().map(PlainCode::hash),
        ..Load::default()
    };
    let loaded = presented.load(app, load).await?;
    let client = presented.verify_for(app, &loaded, GrantType::AuthorizationCode).await?;
    let code = loaded.code.as_ref().ok_or_else(|| OAuthError::invalid_grant(NO_CODE))?;
    let exchange = Exchange {
        client_id: &client.client_id,
        redirect_uri: parameters.parameter("redirect_uri")?,
        code_verifier: parameters.parameter("code_verifier")?,
    };
    match code.decide(exchange, now) {
        Decision::Exchange => {}
        Decision::Replay => return Err(replayed(app, presented, code, &loaded, now).await?),
        Decision::Refuse(why) => return Err(OAuthError::invalid_grant(why)),
    }
    match redeem(app, parameters, client, &loaded, ExchangeSource::Code(code), now).await? {
        Redemption::Tokens(tokens) => Ok(*tokens),
        Redemption::Used => Err(replayed(app, presented, code, &loaded, now).await?),
        Redemption::Withdrawn => Err(OAuthError::invalid_grant(NO_CODE)),
    }
}

/// RFC 6749 §4.1.2: a code that is used again may have been stolen, by the first or by the second caller; so its session ends.
async fn replayed(
    app: &App,
    presented: &PresentedClient,
    code: &AuthorizationCode,
    loaded: &Loaded,
    now: Timestamp,
) -> Result<OAuthError, Fault> {
    let Approval { user_id, session_id, grant, .. } = &code.approval;
    let event = AuditEvent::new(AuditAction::CodeReplayed, presented.origin(), now).refused();
    let event = event.by_client(&grant.client_id).about(session_id).of_user(&loaded.user);
    reuse::end_session(app, *user_id, *session_id, "an authorization code", &event, now).await?;
    Ok(OAuthError::invalid_grant(NO_CODE))
}
