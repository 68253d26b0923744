//! Authorizations: what an app requests from a user, and what has to happen before it gets a response.

pub mod code;
pub mod consent;
pub mod device;
pub mod pushed;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::authorization::consent::{Consent, ConsentRequest};
use crate::domain::authorization::device::UserCode;
use crate::domain::client::Client;
use crate::domain::client::id::ClientId;
use crate::domain::client::standing::Standing;
use crate::domain::oauth::authorization_response::ReturnAddress;
use crate::domain::oauth::error::OAuthCode;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::pkce::CodeChallenge;
use crate::domain::oauth::prompt::Prompt;
use crate::domain::oauth::redirect_uri::Place;
use crate::domain::oauth::scope::{ScopeCatalogue, ScopeSet};
use crate::domain::session::Session;
use crate::domain::session::id::SessionId;
use crate::domain::types::id::uuid_id;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::{User, UserId};

uuid_id! {
    /// Identifies a pending authorization. It is part of page URLs, and useless without the browser's cookies.
    AuthorizationId
}

/// A validated authorization request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The app.
    pub client_id: ClientId,
    /// Where the response goes.
    #[serde(rename = "answer_to")]
    pub response_target: ResponseTarget,
    /// Whether the request contained the redirect URI; then the exchange of the code may contain no other.
    pub names_redirect_uri: bool,
    /// The requested scopes; never empty.
    pub scopes: ScopeSet,
    /// The API that its tokens are to be for; without one, Driftwood's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The client's `nonce`, for its ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The challenge whose verifier the exchange needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// The pages that are shown in any case.
    #[serde(default)]
    pub prompt: Prompt,
    /// The maximum age of the sign-in, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// The user whom the client expects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// The user who has to sign in, from an ID token that the client sent as a hint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hinted_user: Option<UserId>,
}

/// Where an authorization response goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseTarget {
    /// Back to the app that redirected the browser.
    Client(ReturnAddress),
    /// To an app on another device, by the code that the user entered.
    Device(UserCode),
}

impl ResponseTarget {
    /// Where the browser is redirected, if anywhere.
    pub const fn return_address(&self) -> Option<&ReturnAddress> {
        match self {
            Self::Client(address) => Some(address),
            Self::Device(_) => None,
        }
    }

    /// Returns whether only this app can use the response: not on another device, where a user could be tricked into
    /// approving an attacker's device, and not where another program could be in its place, unless the app needs its secret
    /// or key to redeem the code, too.
    fn is_for_only(&self, app: &Client) -> bool {
        self.return_address().is_some_and(|to| match to.place() {
            Place::Web => true,
            Place::Loopback => app.proves_itself(),
            Place::PrivateScheme => false,
        })
    }
}

/// An authorization that waits for a user. It is stored in the table, so a lost cookie loses nothing.
#[derive(Clone, Debug)]
pub struct PendingAuthorization {
    /// Its id.
    pub id: AuthorizationId,
    /// The request.
    pub request: AuthorizationRequest,
    /// The session of the user who signed in, or chose to continue, for this authorization.
    pub session_id: Option<SessionId>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it expires.
    pub ends_at: Timestamp,
    /// When it was answered, if so.
    pub answered_at: Option<Timestamp>,
}

impl PendingAuthorization {
    /// Returns whether a user may still answer.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answered_at.is_none() && now < self.ends_at
    }
}

/// The next step of an authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A user has to sign in, or to choose an account.
    SignIn,
    /// The user has to consent.
    Consent,
    /// No page is needed: the client gets a code.
    Answer,
    /// The client gets this error.
    Refuse(OAuthCode),
}

impl AuthorizationRequest {
    /// Returns whether this client may make this request now: it is the client that made it, and its redirect URI, grant
    /// and scopes are still registered.
    pub fn is_allowed_to(&self, client: &Client, catalogue: &ScopeCatalogue) -> bool {
        let (grant, can_return) = match &self.response_target {
            ResponseTarget::Client(to) => {
                let is_registered = client.metadata.redirect_uris.iter().any(|uri| uri.accepts(&to.redirect_uri));
                (GrantType::AuthorizationCode, is_registered)
            }
            ResponseTarget::Device(_) => (GrantType::DeviceCode, true),
        };
        let may_have = self.scopes.is_subset(&client.grantable_scopes(catalogue));
        self.client_id == client.client_id && can_return && client.has_grant(grant) && may_have
    }

    /// What the user is asked to consent to, given the app as it is now.
    pub fn consent_request(&self, app: &Client) -> ConsentRequest<'_> {
        let (client_id, scopes) = (&self.client_id, &self.scopes);
        ConsentRequest { client_id, identity: app.identity(), resource: self.resource.as_deref(), scopes }
    }

    /// Decides the next step, given the live session of the browser with its user, the session that signed in for this authorization,
    /// and the user's earlier consent.
    pub fn next_step(
        &self,
        app: &Client,
        signed_in: Option<(&Session, &User)>,
        signed_in_for_this: Option<SessionId>,
        consent: Option<&Consent>,
        now: Timestamp,
    ) -> Step {
        let signed_in = signed_in.filter(|(session, _)| !self.needs_sign_in(session, signed_in_for_this, now));
        let Some((session, user)) = signed_in else {
            return if self.prompt.none { Step::Refuse(OAuthCode::LoginRequired) } else { Step::SignIn };
        };
        if self.hinted_user.is_some_and(|hinted| hinted != session.user_id) {
            return Step::Refuse(OAuthCode::LoginRequired);
        }
        if !self.needs_consent(app, user, consent) {
            // RFC 8252 §8.6: where another program could be in the app's place, the user acts, once for each request.
            let may_answer = self.response_target.is_for_only(app) || signed_in_for_this == Some(session.id);
            match (may_answer, self.prompt.none) {
                (true, _) => Step::Answer,
                (false, true) => Step::Refuse(OAuthCode::InteractionRequired),
                (false, false) => Step::SignIn,
            }
        } else if self.prompt.none {
            Step::Refuse(OAuthCode::ConsentRequired)
        } else {
            Step::Consent
        }
    }

    /// Returns whether the user may continue with this session without signing in again.
    pub fn accepts(&self, session: &Session, now: Timestamp) -> bool {
        let is_recent =
            self.max_age.is_none_or(|seconds| now < session.created_at.after(Duration::from_secs(seconds.into())));
        !self.prompt.login
            && !self.prompt.create
            && is_recent
            && self.hinted_user.is_none_or(|hinted| hinted == session.user_id)
    }

    fn needs_sign_in(&self, session: &Session, signed_in_for_this: Option<SessionId>, now: Timestamp) -> bool {
        let is_done = signed_in_for_this == Some(session.id);
        !is_done && (self.prompt.select_account || !self.accepts(session, now))
    }

    /// The operator's own clients need no consent, except on another device: there the page is what tells the user that they
    /// connect one (RFC 8628 §5.4). An earlier consent counts where only the app can use the response, and the operator
    /// vouches for the app or it proves itself (RFC 6749 §10.2).
    fn needs_consent(&self, app: &Client, user: &User, consent: Option<&Consent>) -> bool {
        let is_known = app.standing.is_vouched_for() || app.proves_itself();
        let is_remembered = || consent.is_some_and(|consent| consent.covers(user, &self.consent_request(app)));
        let is_ours = app.standing == Standing::FirstParty && self.response_target.return_address().is_some();
        self.prompt.consent || !(is_ours || (is_known && self.response_target.is_for_only(app) && is_remembered()))
    }
}
