//! `grant_type=authorization_code` (RFC 6749 §4.1.3): a person's consent, exchanged once.

use shared::app::App;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::authorization::code::{AuthorizationCode, CodeText, Decision, Exchange};
use shared::domain::authorization::consent::Approval;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::OAuthError;
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;
use shared::service::client::authentication::PresentedClient;
use shared::service::session::reuse;
use shared::store::{Facts, Redeemed, Wanted};

use crate::redemption::{Redemption, redeem};
use crate::reply::IssuedTokens;

const NO_CODE: &str = "The code is unknown, expired or used";

/// Exchanges a code: one batch read and one transaction. Everything is checked, and the tokens are made, before the code
/// is spent.
pub(crate) async fn exchange(
    app: &App,
    presented: &PresentedClient,
    parameters: &Fields,
) -> Result<IssuedTokens, OAuthError> {
    let now = app.clock.now();
    let code = CodeText::parse(parameters.required_parameter("code")?);
    let wanted = Wanted {
        user: code.as_ref().map(CodeText::user_id),
        consent: code.is_some(),
        code: code.as_ref().map(CodeText::hash),
        ..Wanted::default()
    };
    let facts = presented.facts(app, wanted).await?;
    let client = presented.verify_for(app, &facts, GrantType::AuthorizationCode).await?;
    let code = facts.code.as_ref().ok_or_else(|| OAuthError::invalid_grant(NO_CODE))?;
    let exchange = Exchange {
        client_id: &client.client_id,
        redirect_uri: parameters.parameter("redirect_uri")?,
        code_verifier: parameters.parameter("code_verifier")?,
    };
    match code.decide(exchange, now) {
        Decision::Exchange => {}
        Decision::Replay => return Err(replayed(app, presented, code, &facts, now).await?),
        Decision::Refuse(why) => return Err(OAuthError::invalid_grant(why)),
    }
    match redeem(app, parameters, client, &facts, Redeemed::Code(code), now).await? {
        Redemption::Tokens(tokens) => Ok(*tokens),
        Redemption::Used => Err(replayed(app, presented, code, &facts, now).await?),
        Redemption::Withdrawn => Err(OAuthError::invalid_grant(NO_CODE)),
    }
}

/// RFC 6749 §4.1.2: whoever uses a code again may have stolen it, or may be whom it was stolen from; so what came of it
/// ends.
async fn replayed(
    app: &App,
    presented: &PresentedClient,
    code: &AuthorizationCode,
    facts: &Facts,
    now: Timestamp,
) -> Result<OAuthError, Fault> {
    let Approval { user_id, session_id, grant, .. } = &code.approval;
    let event = AuditEvent::new(AuditAction::CodeReplayed, presented.origin(), now).refused();
    let event = event.by_client(&grant.client_id).about(session_id);
    let event = match &facts.user {
        Some(user) => event.of_user(user),
        None => event,
    };
    reuse::end_session(app, *user_id, *session_id, "an authorization code", &event, now).await?;
    Ok(OAuthError::invalid_grant(NO_CODE))
}
