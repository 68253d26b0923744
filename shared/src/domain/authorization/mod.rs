//! Authorizations: what an app asks a user for, and what has to happen before it gets an answer.

pub mod code;
pub mod consent;
pub mod device;
pub mod pushed;
pub mod restart;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::authorization::consent::Consent;
use crate::domain::authorization::device::UserCode;
use crate::domain::client::Client;
use crate::domain::client::id::ClientId;
use crate::domain::oauth::authorization_response::ReturnAddress;
use crate::domain::oauth::error::OAuthCode;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::pkce::CodeChallenge;
use crate::domain::oauth::prompt::Prompt;
use crate::domain::oauth::redirect_uri::is_rememberable;
use crate::domain::oauth::scope::{ScopeCatalogue, ScopeSet};
use crate::domain::session::Session;
use crate::domain::session::id::SessionId;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;

uuid_id! {
    /// Identifies a pending authorization. It is in the address of our pages, and worth nothing without the browser's cookies.
    AuthorizationId
}

/// What an app asks for, validated: everything that its client may decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The app.
    pub client_id: ClientId,
    /// Where the answer goes.
    #[serde(rename = "answer_to")]
    pub response_target: ResponseTarget,
    /// Whether the request named the redirect URI; then the exchange of the code may name no other.
    pub names_redirect_uri: bool,
    /// What it wants to do; never empty.
    pub scopes: ScopeSet,
    /// The API that its tokens are to be for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The client's own, for its ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Whose verifier the exchange needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// What is to be shown in any case.
    #[serde(default)]
    pub prompt: Prompt,
    /// How long ago, in seconds, the user may have signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// Who the client thinks it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// Who it has to be, by an ID token that the client got before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hinted_user: Option<UserId>,
}

/// Where a user's answer goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseTarget {
    /// Back to the app that sent their browser here.
    Client(ReturnAddress),
    /// To an app on another device, by the code that they typed.
    Device(UserCode),
}

impl ResponseTarget {
    /// Where the browser returns to, if anywhere.
    pub const fn return_address(&self) -> Option<&ReturnAddress> {
        match self {
            Self::Client(address) => Some(address),
            Self::Device(_) => None,
        }
    }

    /// Says whether a consent may be remembered for it: not where somebody could be talked into letting a stranger's
    /// device in, nor where another program could receive the answer.
    fn is_rememberable(&self) -> bool {
        self.return_address().is_some_and(|address| is_rememberable(&address.redirect_uri))
    }
}

/// An authorization that waits for a user. It lives in the table, so a lost cookie loses nothing.
#[derive(Clone, Debug)]
pub struct PendingAuthorization {
    /// Its id.
    pub id: AuthorizationId,
    /// What was asked for.
    pub request: AuthorizationRequest,
    /// The session of whoever signed in, or chose to go on, for this authorization.
    pub session_id: Option<SessionId>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it is too late to answer.
    pub ends_at: Timestamp,
    /// When it was answered, if so.
    pub answered_at: Option<Timestamp>,
}

impl PendingAuthorization {
    /// Says whether a user may still answer.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answered_at.is_none() && now < self.ends_at
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A user has to sign in, or to choose an account.
    SignIn,
    /// The user has to agree.
    Consent,
    /// There is nothing to ask: the client gets a code.
    Answer,
    /// The client gets this error.
    Refuse(OAuthCode),
}

impl AuthorizationRequest {
    /// Says whether this client may ask for this now: it is the one that did, and has not lost since what it needs for it.
    pub fn is_allowed_to(&self, client: &Client, catalogue: &ScopeCatalogue) -> bool {
        let (grant, is_at_home) = match &self.response_target {
            ResponseTarget::Client(to) => {
                let is_registered = client.metadata.redirect_uris.iter().any(|uri| uri.accepts(&to.redirect_uri));
                (GrantType::AuthorizationCode, is_registered)
            }
            ResponseTarget::Device(_) => (GrantType::DeviceCode, true),
        };
        let may_have = self.scopes.is_subset(&client.grantable_scopes(catalogue));
        self.client_id == client.client_id && is_at_home && client.has_grant(grant) && may_have
    }

    /// Decides what comes next, given the live session of the browser, the session that signed in for this very
    /// authorization, and what the user agreed to before.
    pub fn next_step(
        &self,
        app: &Client,
        session: Option<&Session>,
        signed_in_for_this: Option<SessionId>,
        consent: Option<&Consent>,
        now: Timestamp,
    ) -> Step {
        let Some(session) = session.filter(|session| !self.needs_sign_in(session, signed_in_for_this, now)) else {
            return if self.prompt.none { Step::Refuse(OAuthCode::LoginRequired) } else { Step::SignIn };
        };
        if self.hinted_user.is_some_and(|hinted| hinted != session.user_id) {
            return Step::Refuse(OAuthCode::LoginRequired);
        }
        if !self.needs_consent(app, consent) {
            Step::Answer
        } else if self.prompt.none {
            Step::Refuse(OAuthCode::ConsentRequired)
        } else {
            Step::Consent
        }
    }

    /// Says whether somebody may go on by this session, without a password, if they choose to.
    pub fn accepts(&self, session: &Session, now: Timestamp) -> bool {
        let is_recent =
            self.max_age.is_none_or(|seconds| now < session.created_at.after(Duration::from_secs(seconds.into())));
        !self.prompt.login && is_recent && self.hinted_user.is_none_or(|hinted| hinted == session.user_id)
    }

    fn needs_sign_in(&self, session: &Session, signed_in_for_this: Option<SessionId>, now: Timestamp) -> bool {
        let is_done = signed_in_for_this == Some(session.id);
        !is_done && (self.prompt.select_account || !self.accepts(session, now))
    }

    /// A consent is never remembered where anybody could receive the answer, nor for a client that nobody answers for: one
    /// that registered itself, and has no address of its own either.
    fn needs_consent(&self, app: &Client, consent: Option<&Consent>) -> bool {
        self.prompt.consent
            || app.is_unverified()
            || !self.response_target.is_rememberable()
            || !consent.is_some_and(|consent| consent.covers(&self.scopes, &app.identity()))
    }
}
