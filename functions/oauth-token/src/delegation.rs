//! The tokens that are issued for a user's consent.

use shared::app::App;
use shared::domain::authorization::consent::Grant;
use shared::domain::client::Client;
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::scope::{Scope, ScopeSet};
use shared::domain::session::Session;
use shared::domain::session::refresh_token::RefreshToken;
use shared::domain::token::access_token::{AccessTokenClaims, Issuance, TYP};
use shared::domain::token::id_token::{self, IdTokenClaims};
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::User;
use shared::domain::user::claims::user_claims;
use shared::fault::Fault;

use crate::reply::IssuedTokens;

/// The data from which tokens are issued.
pub(crate) struct Delegation<'d> {
    pub(crate) client: &'d Client,
    pub(crate) user: &'d User,
    pub(crate) session: &'d Session,
    pub(crate) grant: &'d Grant,
    /// The scopes of the access token: the granted ones, or fewer.
    pub(crate) scopes: &'d ScopeSet,
    pub(crate) audience: String,
    pub(crate) issuer: String,
    /// For the first ID token only.
    pub(crate) nonce: Option<String>,
    /// The refresh token, which is issued if the client may refresh.
    pub(crate) refresh_token: &'d RefreshToken,
}

impl Delegation<'_> {
    /// Issues the tokens, before anything is spent.
    pub(crate) async fn issue(self, app: &App, now: Timestamp) -> Result<IssuedTokens, Fault> {
        let (signing, mac) = futures_util::future::try_join(app.keys.signing(), app.keys.mac()).await?;
        let lifetime = app.config.code_token_lifetime;
        let issuance = Issuance { issuer: self.issuer.clone(), audience: self.audience, now, lifetime };
        let claims = AccessTokenClaims::of_delegate(issuance, self.client, self.user, self.session, self.scopes);
        let access_token = signing.sign(app.config.signing_algorithm, TYP, &claims, now)?;
        let id_claims = || IdTokenClaims {
            iss: self.issuer,
            sub: self.user.id,
            aud: self.client.client_id.to_string(),
            exp: now.after(id_token::LIFETIME),
            iat: now,
            auth_time: self.grant.auth_time,
            nonce: self.nonce,
            at_hash: id_token::at_hash(access_token.expose()),
            sid: self.grant.browser_session_id,
            amr: self.grant.authenticated_by.amr(),
            user: user_claims(self.user, self.scopes),
        };
        let id_token = self.scopes.contains(Scope::OPENID).then(id_claims);
        let algorithm = self.client.metadata.id_token_signed_response_alg;
        let id_token = id_token.map(|claims| signing.sign(algorithm, id_token::TYP, &claims, now)).transpose()?;
        let may_refresh = self.client.has_grant(GrantType::RefreshToken);
        let refresh_token = may_refresh.then(|| self.refresh_token.issue(&mac, now)).transpose()?;
        Ok(IssuedTokens {
            access_token,
            refresh_token,
            id_token,
            expires_in: lifetime.as_secs(),
            scope: Some(self.scopes.to_string()),
            org_id: Some(self.user.account_id),
        })
    }
}
