//! The requests of a flow, each checked for success.

use serde_json::json;

use crate::answer::{Answer, Content, Expected, text};
use crate::browser::{Browser, VERIFIER};
use crate::call::Call;
use crate::failure::Failure;
use crate::gateway::{Gateway, new_email, registration};

const DEVICE_CODE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// The source of requests of one kind, with the data for the next one.
pub enum Requests {
    /// Always the same request.
    Same(Call, Expected),
    /// A request with the token that the last response returned.
    Rotating {
        /// Makes the request for a token.
        call: Box<dyn Fn(&str) -> Call + Send + Sync>,
        /// The newest token.
        token: String,
        /// Where a response has the next one.
        next: &'static str,
        /// Something else that a response must have.
        also: &'static str,
    },
    /// The exchange of a code, of a user's new authorization.
    Codes {
        /// The user.
        browser: Box<Browser>,
        /// The app, which is public.
        client_id: String,
    },
    /// The first poll of a device authorization: the second one within five seconds would be refused.
    Polls {
        /// Creates the device authorizations.
        gateway: Gateway,
        /// The app, which is public.
        client_id: String,
    },
    /// A registration, each of another user.
    Registrations,
}

impl Requests {
    /// The same requests for another connection, if they are always the same.
    pub fn same(&self) -> Option<Self> {
        match self {
            Self::Same(call, expected) => Some(Self::Same(call.clone(), *expected)),
            _ => None,
        }
    }

    /// The next request.
    ///
    /// # Errors
    ///
    /// When the data for it cannot be created.
    pub async fn next(&self) -> Result<Call, Failure> {
        Ok(match self {
            Self::Same(call, _) => call.clone(),
            Self::Rotating { call, token, .. } => call(token),
            Self::Codes { browser, client_id } => exchange(client_id, &browser.code(client_id).await?),
            Self::Polls { gateway, client_id } => {
                let form = format!("client_id={client_id}&scope=openid");
                let codes = gateway.send(&Call::form("/oauth2/device_authorization", &form)).await?;
                let code = text(&codes, "/device_code")?;
                Call::form(
                    "/oauth2/token",
                    &format!("grant_type={DEVICE_CODE}&client_id={client_id}&device_code={code}"),
                )
            }
            Self::Registrations => registration(&new_email()),
        })
    }

    /// Checks that the request succeeded, and stores the data for the next one.
    ///
    /// # Errors
    ///
    /// When it did not succeed.
    pub fn check(&mut self, answer: &Answer) -> Result<(), Failure> {
        match self {
            Self::Same(_, expected) => expected.check(answer)?,
            Self::Rotating { token, next, also, .. } => {
                Expected::new(200, Content::Field(also)).check(answer)?;
                let newest = text(&answer.json(), next)?;
                if *token == newest {
                    return Err("a refresh token did not rotate".into());
                }
                *token = newest;
            }
            Self::Codes { .. } => Expected::new(200, Content::Field("/id_token")).check(answer)?,
            Self::Polls { .. } => {
                Expected::new(400, Content::Text("/error", "authorization_pending")).check(answer)?;
            }
            Self::Registrations => Expected::new(200, Content::Field("/result/access_token")).check(answer)?,
        }
        Ok(())
    }
}

/// The exchange of a code.
pub fn exchange(client_id: &str, code: &str) -> Call {
    let form = format!("grant_type=authorization_code&client_id={client_id}&code={code}&code_verifier={VERIFIER}");
    Call::form("/oauth2/token", &form)
}

/// A refresh by the user's own client.
pub fn refresh(token: &str) -> Call {
    Call::json("/api/auth-refresh-token", json!({"refresh_token": token}))
}

/// A refresh by an app.
pub fn app_refresh(client_id: &str, token: &str) -> Call {
    let form = format!("grant_type=refresh_token&client_id={client_id}&refresh_token={token}");
    Call::form("/oauth2/token", &form)
}
