//! Authorization requests: every check, in the order that decides where an error is reported (RFC 6749 §4.1.1, OpenID
//! Connect Core §3.1.2.1).

use async_recursion::async_recursion as boxed;

use crate::app::App;
use crate::domain::authorization::{AuthorizationRequest, ResponseTarget};
use crate::domain::client::Client;
use crate::domain::oauth::authorization_response::{ResponseMode, ReturnAddress};
use crate::domain::oauth::error::OAuthCode;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::pkce::CodeChallenge;
use crate::domain::oauth::prompt::Prompt;
use crate::domain::oauth::redirect_uri::RedirectUri;
use crate::domain::oauth::resource::{self, Access, NO_AUDIENCE};
use crate::domain::oauth::scope::{Scope, ScopeSet};
use crate::domain::user::UserId;
use crate::fault::Fault;
use crate::http::authorization_parameters::{AuthorizationParameters, Repeated};

/// The longest `state`, `nonce` and `login_hint`, in bytes: anyone may have a request stored.
const LONGEST_STORED: usize = 2_048;

/// Why a request is refused.
#[derive(Debug)]
pub enum RequestError {
    /// The redirect URI is not registered for the client, so no error may be returned to it.
    RedirectUri,
    /// The error is returned to the client.
    Returned {
        /// Where.
        to: ReturnAddress,
        /// What went wrong, for programs.
        code: OAuthCode,
        /// What went wrong, for users.
        description: String,
    },
    /// We failed.
    Fault(Fault),
}

impl From<Fault> for RequestError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A mistake that is reported to the client.
struct Mistake {
    code: OAuthCode,
    description: String,
}

impl Mistake {
    fn new(code: OAuthCode, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }

    fn invalid(description: &str) -> Self {
        Self::new(OAuthCode::InvalidRequest, description)
    }
}

impl From<Repeated> for Mistake {
    fn from(Repeated(name): Repeated) -> Self {
        Self::new(OAuthCode::InvalidRequest, format!("{name} is duplicated"))
    }
}

/// Reads the request of a known client.
///
/// # Errors
///
/// [`RequestError::RedirectUri`] until the redirect URI is known to be the client's, and then [`RequestError::Returned`].
#[boxed]
pub async fn read(
    app: &App,
    parameters: &AuthorizationParameters,
    client: &Client,
    issuer: &str,
) -> Result<AuthorizationRequest, RequestError> {
    let (redirect_uri, names_redirect_uri) = redirect_uri(parameters, client).ok_or(RequestError::RedirectUri)?;
    let return_address = ReturnAddress {
        redirect_uri,
        // Until the mode is known to be wrong, errors are returned in the query.
        response_mode: response_mode(parameters).unwrap_or_default(),
        // A duplicated state is not returned: it is unknown which one is meant. Nor is one that is too long.
        state: bounded(parameters, "state").ok().flatten(),
    };
    let hinted_user = hinted_user(app, parameters, client).await?;
    let read = || -> Result<AuthorizationRequest, Mistake> {
        bounded(parameters, "state")?;
        response_mode(parameters)?;
        response_type(parameters)?;
        if !client.has_grant(GrantType::AuthorizationCode) {
            let description = client.lacks_grant(GrantType::AuthorizationCode);
            return Err(Mistake::new(OAuthCode::UnauthorizedClient, description));
        }
        let resource = resource(app, client, parameters, issuer)?;
        Ok(AuthorizationRequest {
            client_id: client.client_id.clone(),
            response_target: ResponseTarget::Client(return_address.clone()),
            names_redirect_uri,
            scopes: scopes(app, parameters, client, resource.as_deref())?,
            resource,
            nonce: bounded(parameters, "nonce")?,
            code_challenge: code_challenge(app, parameters, client)?,
            prompt: prompt(parameters)?,
            max_age: max_age(parameters)?,
            login_hint: bounded(parameters, "login_hint")?,
            hinted_user: hinted_user?,
        })
    };
    let returned =
        |Mistake { code, description }| RequestError::Returned { to: return_address.clone(), code, description };
    read().map_err(returned)
}

/// A parameter that is stored as it was sent, until the user has answered.
fn bounded(parameters: &AuthorizationParameters, name: &'static str) -> Result<Option<String>, Mistake> {
    match parameters.one(name)? {
        Some(value) if value.len() > LONGEST_STORED => {
            let description = format!("{name} must have at most {LONGEST_STORED} bytes; it has {}", value.len());
            Err(Mistake::new(OAuthCode::InvalidRequest, description))
        }
        value => Ok(value.map(str::to_owned)),
    }
}

/// RFC 6749 §3.1.2.3: exactly a registered URI; it may be absent only if one URI is registered. A private-use scheme without
/// a dot is for public clients, which use PKCE; an owner can add one to another client, where it does not work.
fn redirect_uri(parameters: &AuthorizationParameters, client: &Client) -> Option<(String, bool)> {
    let may_use = |uri: &RedirectUri| client.is_public() || !uri.is_of_plain_scheme();
    match (parameters.one("redirect_uri"), client.metadata.redirect_uris.as_slice()) {
        (Ok(Some(requested)), registered) if registered.iter().any(|uri| uri.accepts(requested) && may_use(uri)) => {
            Some((requested.to_owned(), true))
        }
        (Ok(None), [only]) if may_use(only) => Some((only.as_str().to_owned(), false)),
        _ => None,
    }
}

fn response_mode(parameters: &AuthorizationParameters) -> Result<ResponseMode, Mistake> {
    let unknown = || Mistake::invalid("response_mode must be query or form_post");
    let named = parameters.one("response_mode")?;
    named.map_or(Ok(ResponseMode::Query), |name| ResponseMode::parse(name).ok_or_else(unknown))
}

fn response_type(parameters: &AuthorizationParameters) -> Result<(), Mistake> {
    // OpenID Connect Core §6: both can be refused, and nothing is fetched.
    if parameters.one("request")?.is_some() {
        return Err(Mistake::new(OAuthCode::RequestNotSupported, "request is not supported"));
    }
    if parameters.one("request_uri")?.is_some() {
        return Err(Mistake::new(OAuthCode::RequestUriNotSupported, "request_uri is not supported"));
    }
    match parameters.one("response_type")? {
        Some("code") => Ok(()),
        Some(_) => Err(Mistake::new(OAuthCode::UnsupportedResponseType, "response_type must be code")),
        None => Err(Mistake::invalid("Missing required parameter: response_type")),
    }
}

fn scopes(
    app: &App,
    parameters: &AuthorizationParameters,
    client: &Client,
    resource: Option<&str>,
) -> Result<ScopeSet, Mistake> {
    asked_scopes(app, client, parameters.one("scope")?, resource)
        .map_err(|description| Mistake::new(OAuthCode::InvalidScope, description))
}

/// The scopes that an app requests at this API. Without `scope`, all that it may have; a consent always has scopes.
/// Scopes are left out and refused by the rules of [`ScopeCatalogue::requested`] and [`scopes_at`], as at the token
/// endpoint.
///
/// [`ScopeCatalogue::requested`]: crate::domain::oauth::scope::ScopeCatalogue::requested
///
/// # Errors
///
/// The description for `invalid_scope`.
pub fn asked_scopes(
    app: &App,
    client: &Client,
    asked: Option<&str>,
    resource: Option<&str>,
) -> Result<ScopeSet, String> {
    let (asked, most) = (asked.unwrap_or_default(), client.grantable_scopes(&app.config.scopes));
    let mut scopes = app.config.scopes.requested(asked).map_err(|unknown| unknown.to_string())?;
    if scopes.is_empty() {
        scopes = client.metadata.scopes.clone();
    }
    if scopes.is_empty() {
        return Err("The app has no scopes, and a user consents to one at least: add some to the app".to_owned());
    }
    // OpenID Connect Core §11: beside other scopes, an offline_access that a client may not have is left out.
    let others = scopes.without(Scope::OFFLINE_ACCESS);
    if !most.contains(Scope::OFFLINE_ACCESS) && !others.is_empty() {
        scopes = others;
    }
    scopes.ensure_within(&most)?;
    scopes_at(app, &scopes, resource)
}

/// The scopes of a request that belong to its API. Others are left out, because clients request everything that the
/// metadata list (RFC 6749 §3.3); the answer of the token endpoint says what is left.
///
/// # Errors
///
/// The description for `invalid_scope` when none is left: a token without scopes would have no limits.
pub fn scopes_at(app: &App, scopes: &ScopeSet, resource: Option<&str>) -> Result<ScopeSet, String> {
    let of_resource = scopes.intersection(&app.config.scopes_of(resource));
    match (of_resource.is_empty(), resource) {
        (false, _) => Ok(of_resource),
        (true, Some(resource)) => Err(format!("None of the scopes {scopes} belongs to the resource {resource}")),
        (true, None) => Err(format!("The scopes {scopes} belong to another API, which resource has to name")),
    }
}

fn resource(
    app: &App,
    client: &Client,
    parameters: &AuthorizationParameters,
    issuer: &str,
) -> Result<Option<String>, Mistake> {
    let named = || parameters.all("resource").filter(|resource| !resource.is_empty());
    if named().next().is_none() && parameters.all("audience").any(|audience| !audience.is_empty()) {
        return Err(Mistake::invalid(NO_AUDIENCE));
    }
    asked_resource(app, client, named(), issuer)
        .map_err(|description| Mistake::new(OAuthCode::InvalidTarget, description))
}

/// RFC 8707 §2: one API, and one that the operator configured for users of this client; our own is the same as none.
///
/// # Errors
///
/// The description for `invalid_target`.
pub fn asked_resource<'a>(
    app: &App,
    client: &Client,
    named: impl Iterator<Item = &'a str>,
    issuer: &str,
) -> Result<Option<String>, String> {
    let mut audiences = Vec::new();
    for resource in named {
        let audience = app.keys.audience_for(issuer, Some(resource)).ok_or_else(|| resource::unknown(resource))?;
        if !audiences.contains(&audience) {
            audiences.push(audience);
        }
    }
    match audiences.as_slice() {
        [] => Ok(None),
        [ours] if *ours == app.keys.audience(issuer) => Ok(None),
        [other] if app.config.resources.admits(other, Access::Users, &client.client_id) => {
            Ok(Some((*other).to_owned()))
        }
        [other] => {
            Err(format!("The client may not get tokens for {other}; the operator of this server says which may"))
        }
        _ => Err("A token can be for one resource only".to_owned()),
    }
}

/// RFC 9700 §2.1.1: public clients must use PKCE, and a client that uses it must use it correctly.
fn code_challenge(
    app: &App,
    parameters: &AuthorizationParameters,
    client: &Client,
) -> Result<Option<CodeChallenge>, Mistake> {
    let (challenge, method) = (parameters.one("code_challenge")?, parameters.one("code_challenge_method")?);
    match (challenge, method) {
        (Some(challenge), method) => Ok(Some(CodeChallenge::parse(challenge, method).map_err(Mistake::invalid)?)),
        (None, Some(_)) => Err(Mistake::invalid("code_challenge_method requires code_challenge")),
        (None, None) if client.is_public() || app.config.requires_pkce => {
            Err(Mistake::invalid("Missing required parameter: code_challenge"))
        }
        (None, None) => Ok(None),
    }
}

fn max_age(parameters: &AuthorizationParameters) -> Result<Option<u32>, Mistake> {
    let max_age = parameters.one("max_age")?.map(str::parse).transpose();
    max_age.map_err(|_| Mistake::invalid("max_age must be a number of seconds"))
}

fn prompt(parameters: &AuthorizationParameters) -> Result<Prompt, Mistake> {
    let prompt = parameters.one("prompt")?.map(Prompt::parse).transpose();
    Ok(prompt.map_err(Mistake::invalid)?.unwrap_or_default())
}

/// The user of an ID token that the client received before (OpenID Connect Core §3.1.2.1). One that cannot be verified
/// counts as absent, and one of another client is a mistake.
async fn hinted_user(
    app: &App,
    parameters: &AuthorizationParameters,
    client: &Client,
) -> Result<Result<Option<UserId>, Mistake>, Fault> {
    let hint = match parameters.one("id_token_hint") {
        Ok(Some(hint)) => hint,
        Ok(None) => return Ok(Ok(None)),
        Err(repeated) => return Ok(Err(repeated.into())),
    };
    let claims = app.keys.verify_id_token_hint(&app.stores.keys, hint).await?;
    Ok(match claims {
        Some(claims) if claims.aud != client.client_id.to_string() => {
            Err(Mistake::invalid("id_token_hint is not an ID token of this client"))
        }
        claims => Ok(claims.map(|claims| claims.sub)),
    })
}
