//! The device grant (RFC 8628 §3.4): the app on the other device polls until its user has decided.

use shared::app::App;
use shared::domain::authorization::device::{DeviceCode, Poll};
use shared::domain::input::fields::Fields;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::domain::oauth::grant_type::GrantType;
use shared::service::client::authentication::PresentedClient;
use shared::store::{ExchangeSource, Load};

use crate::redemption::{Redemption, redeem};
use crate::reply::IssuedTokens;

const NO_CODE: &str = "The device code is unknown or used, or the user withdrew their consent";

/// Handles a poll. Clients give up on a 429, and wait longer after `slow_down` (RFC 8628 §3.5).
pub(crate) async fn exchange(
    app: &App,
    presented: &PresentedClient,
    parameters: &Fields,
) -> Result<IssuedTokens, OAuthError> {
    poll(app, presented, parameters).await.map_err(|error| match error.code {
        OAuthCode::TooManyRequests => OAuthError { code: OAuthCode::SlowDown, ..error },
        _ => error,
    })
}

/// Handles a poll: one batch read and one write while the app waits; one more batch, and a transaction instead of the write,
/// when it gets its tokens.
async fn poll(app: &App, presented: &PresentedClient, parameters: &Fields) -> Result<IssuedTokens, OAuthError> {
    let now = app.clock.now();
    let code = DeviceCode::parse(parameters.required_parameter("device_code")?);
    let device = code.as_ref().map(DeviceCode::user_code);
    let loaded = presented.load(app, Load { device, ..Load::default() }).await?;
    let client = presented.verify_for(app, &loaded, GrantType::DeviceCode).await?;
    let invalid = || OAuthError::invalid_grant(NO_CODE);
    let (code, asked) = code.as_ref().zip(loaded.device.as_ref()).ok_or_else(invalid)?;
    let approval = match asked.decide(code, &client.client_id, now) {
        Poll::Exchange(approval) => approval,
        Poll::Pending => {
            app.stores.authorizations.note_poll(asked.user_code, asked.interval, now).await?;
            return Err(OAuthError::new(OAuthCode::AuthorizationPending, "The user has not decided yet"));
        }
        Poll::SlowDown(interval) => {
            app.stores.authorizations.note_poll(asked.user_code, interval, now).await?;
            let description = format!("Poll every {interval} seconds from now on");
            return Err(OAuthError::new(OAuthCode::SlowDown, description));
        }
        Poll::Denied => return Err(OAuthError::new(OAuthCode::AccessDenied, "The user denied the request")),
        Poll::Expired => {
            return Err(OAuthError::new(OAuthCode::ExpiredToken, "The device code has expired; request a new one"));
        }
        Poll::Refuse => return Err(invalid()),
    };
    let load =
        Load { client: Some(client.client_id.clone()), user: Some(approval.user_id), consent: true, ..Load::default() };
    let loaded = app.load(load).await?;
    match redeem(app, parameters, client, &loaded, ExchangeSource::Device(asked, approval), now).await? {
        Redemption::Tokens(tokens) => Ok(*tokens),
        Redemption::Used | Redemption::Withdrawn => Err(invalid()),
    }
}
