//! What an app asks for: every check of the authorization request, in the order that decides where a mistake is told.

use shared::app::App;
use shared::authorization::AuthorizationRequest;
use shared::fault::Fault;
use shared::http::authorize_error::{AuthorizeError, Returned};
use shared::http::page_error::PageError;
use shared::oauth::authorization_response::{ResponseMode, ReturnAddress};
use shared::oauth::error::OAuthCode;
use shared::oauth::grant_type::GrantType;
use shared::oauth::pkce::CodeChallenge;
use shared::oauth::prompt::Prompt;
use shared::oauth::scope::{Scope, ScopeSet};
use shared::oauth_app::OauthApp;
use shared::user::UserId;

use crate::parameters::{Parameters, Repeated};

/// A mistake that the client is told.
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
        Self::new(OAuthCode::InvalidRequest, format!("{name} stands more than once"))
    }
}

/// Reads the request of a client that is known.
///
/// # Errors
///
/// A page until the redirect URI is known to be the client's, and then a redirect to it.
pub(crate) async fn read(
    app: &App,
    parameters: &Parameters,
    client: &OauthApp,
    issuer: &str,
) -> Result<AuthorizationRequest, AuthorizeError> {
    let (redirect_uri, names_redirect_uri) = redirect_uri(parameters, client)?;
    let return_address = ReturnAddress {
        redirect_uri,
        // Until that is known to be a mistake, mistakes go into the query.
        response_mode: response_mode(parameters).unwrap_or_default(),
        // One that stands twice is not given back: nobody knows which.
        state: parameters.one("state").ok().flatten().map(str::to_owned),
    };
    let hinted_user = hinted_user(app, parameters, client).await?;
    let read = || -> Result<AuthorizationRequest, Mistake> {
        parameters.one("state")?;
        response_mode(parameters)?;
        response_type(parameters)?;
        if !client.grant_types.contains(&GrantType::AuthorizationCode) {
            let description = "The client is not registered for this grant type";
            return Err(Mistake::new(OAuthCode::UnauthorizedClient, description));
        }
        Ok(AuthorizationRequest {
            client_id: client.client_id(),
            return_address: return_address.clone(),
            names_redirect_uri,
            scopes: scopes(app, parameters, client)?,
            resource: resource(app, parameters, issuer)?,
            nonce: parameters.one("nonce")?.map(str::to_owned),
            code_challenge: code_challenge(app, parameters, client)?,
            prompt: prompt(parameters)?,
            max_age: max_age(parameters)?,
            login_hint: parameters.one("login_hint")?.map(str::to_owned),
            hinted_user: hinted_user?,
        })
    };
    read().map_err(|Mistake { code, description }| {
        let (to, issuer) = (return_address.clone(), issuer.to_owned());
        AuthorizeError::Return(Box::new(Returned { to, issuer, code, description }))
    })
}

/// RFC 6749 §3.1.2.3: the very URI that was registered; one that is left out is clear only where there is one.
fn redirect_uri(parameters: &Parameters, client: &OauthApp) -> Result<(String, bool), PageError> {
    let wrong = || {
        PageError::bad_request(format!(
            "{} sent you here with a return address that it has not registered (redirect_uri), so we cannot tell who would get the answer. Please let the people who make it know.",
            client.name
        ))
    };
    match (parameters.one("redirect_uri"), client.redirect_uris.as_slice()) {
        (Ok(Some(requested)), registered) if registered.iter().any(|uri| uri.accepts(requested)) => {
            Ok((requested.to_owned(), true))
        }
        (Ok(None), [only]) => Ok((only.as_str().to_owned(), false)),
        _ => Err(wrong()),
    }
}

fn response_mode(parameters: &Parameters) -> Result<ResponseMode, Mistake> {
    let unknown = || Mistake::invalid("response_mode must be query or form_post");
    let named = parameters.one("response_mode")?;
    named.map_or(Ok(ResponseMode::Query), |name| ResponseMode::parse(name).ok_or_else(unknown))
}

fn response_type(parameters: &Parameters) -> Result<(), Mistake> {
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

/// What the app wants to do. Without `scope`, all that it may have; a consent always has scopes.
fn scopes(app: &App, parameters: &Parameters, client: &OauthApp) -> Result<ScopeSet, Mistake> {
    let invalid_scope = |description: String| Mistake::new(OAuthCode::InvalidScope, description);
    let asked = parameters.one("scope")?.unwrap_or_default();
    // OpenID Connect Core §3.1.2.1: unknown scopes are left out. Plain OAuth is told (RFC 6749 §4.1.2.1).
    let is_openid = asked.split(' ').any(|word| word == Scope::OPENID);
    let read = if is_openid { app.config.scopes.read_known(asked) } else { app.config.scopes.read(asked) };
    let mut scopes = read.map_err(|unknown| invalid_scope(unknown.to_string()))?;
    // OpenID Connect Core §11: an offline_access that a client may not have is left out.
    if !client.scopes.contains(Scope::OFFLINE_ACCESS) {
        scopes = scopes.without(Scope::OFFLINE_ACCESS);
    }
    if scopes.is_empty() && asked.trim().is_empty() {
        scopes = client.scopes.clone();
    }
    if scopes.is_empty() {
        return Err(invalid_scope("There is no scope that the client may have among these".to_owned()));
    }
    if !scopes.is_subset(&client.scopes) {
        return Err(invalid_scope("The client may not have all of these scopes".to_owned()));
    }
    Ok(scopes)
}

/// RFC 8707 §2: one API, and one that the operator knows.
fn resource(app: &App, parameters: &Parameters, issuer: &str) -> Result<Option<String>, Mistake> {
    let mut named: Vec<&str> = parameters.all("resource").filter(|resource| !resource.is_empty()).collect();
    named.dedup();
    match named.as_slice() {
        [] => Ok(None),
        [one] if app.keys.audience_for(issuer, Some(one)).is_some() => Ok(Some((*one).to_owned())),
        [_] => Err(Mistake::new(OAuthCode::InvalidTarget, "There is no such resource")),
        _ => Err(Mistake::new(OAuthCode::InvalidTarget, "A token can be for one resource only")),
    }
}

/// RFC 9700 §2.1.1: public clients must use PKCE, and whoever uses it must use it right.
fn code_challenge(app: &App, parameters: &Parameters, client: &OauthApp) -> Result<Option<CodeChallenge>, Mistake> {
    let (challenge, method) = (parameters.one("code_challenge")?, parameters.one("code_challenge_method")?);
    match (challenge, method) {
        (Some(challenge), method) => Ok(Some(CodeChallenge::parse(challenge, method).map_err(Mistake::invalid)?)),
        (None, Some(_)) => Err(Mistake::invalid("code_challenge_method stands without code_challenge")),
        (None, None) if client.is_public() || app.config.requires_pkce => {
            Err(Mistake::invalid("Missing required parameter: code_challenge"))
        }
        (None, None) => Ok(None),
    }
}

fn max_age(parameters: &Parameters) -> Result<Option<u32>, Mistake> {
    let max_age = parameters.one("max_age")?.map(str::parse).transpose();
    max_age.map_err(|_| Mistake::invalid("max_age must be a number of seconds"))
}

fn prompt(parameters: &Parameters) -> Result<Prompt, Mistake> {
    let prompt = parameters.one("prompt")?.map(Prompt::parse).transpose();
    Ok(prompt.map_err(Mistake::invalid)?.unwrap_or_default())
}

/// Who an ID token that the client got before is about (OpenID Connect Core §3.1.2.1).
async fn hinted_user(
    app: &App,
    parameters: &Parameters,
    client: &OauthApp,
) -> Result<Result<Option<UserId>, Mistake>, Fault> {
    let hint = match parameters.one("id_token_hint") {
        Ok(Some(hint)) => hint,
        Ok(None) => return Ok(Ok(None)),
        Err(repeated) => return Ok(Err(repeated.into())),
    };
    let claims = app.keys.verify_id_token_hint(&app.stores.keys, hint).await?;
    let claims = claims.filter(|claims| claims.aud == client.client_id().to_string());
    let foreign = || Mistake::invalid("id_token_hint is not an ID token of this client");
    Ok(claims.map(|claims| Some(claims.sub)).ok_or_else(foreign))
}
