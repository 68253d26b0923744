//! What an app asks for: every check of the authorization request, in the order that decides where a mistake is told.

use shared::app::App;
use shared::authorization::AuthorizationRequest;
use shared::http::authorize_error::{AuthorizeError, Returned};
use shared::http::page_error::PageError;
use shared::oauth::authorization_response::{ResponseMode, ReturnAddress};
use shared::oauth::error::OAuthCode;
use shared::oauth::grant_type::GrantType;
use shared::oauth::pkce::CodeChallenge;
use shared::oauth::prompt::Prompt;
use shared::oauth::scope::{Scope, ScopeSet};
use shared::oauth_app::OauthApp;

use crate::parameters::{Parameters, Repeated};

/// A mistake that the client is told.
type Mistake = (OAuthCode, String);

impl From<Repeated> for MistakeOr {
    fn from(Repeated(name): Repeated) -> Self {
        Self((OAuthCode::InvalidRequest, format!("{name} stands more than once")))
    }
}

/// Lets `?` turn a repeated parameter into a mistake.
struct MistakeOr(Mistake);

impl From<Mistake> for MistakeOr {
    fn from(mistake: Mistake) -> Self {
        Self(mistake)
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
        response_mode: parameters.one("response_mode").ok().flatten().and_then(ResponseMode::parse).unwrap_or_default(),
        // One that stands twice is not given back: nobody knows which.
        state: parameters.one("state").ok().flatten().map(str::to_owned),
    };
    let hinted_user = match parameters.one("id_token_hint").ok().flatten() {
        Some(hint) => {
            let claims = app.keys.verify_id_token_hint(&app.stores.keys, hint).await?;
            Some(claims.filter(|claims| claims.aud == client.client_id().to_string()).map(|claims| claims.sub))
        }
        None => None,
    };
    let read = || -> Result<AuthorizationRequest, MistakeOr> {
        for name in ["state", "response_mode", "id_token_hint"] {
            parameters.one(name)?;
        }
        response_type(parameters)?;
        if !client.grant_types.contains(&GrantType::AuthorizationCode) {
            return Err(
                mistake(OAuthCode::UnauthorizedClient, "The client is not registered for this grant type").into()
            );
        }
        let is_unknown_mode = parameters.one("response_mode")?.is_some_and(|mode| ResponseMode::parse(mode).is_none());
        if is_unknown_mode {
            return Err(invalid("response_mode must be query or form_post").into());
        }
        Ok(AuthorizationRequest {
            client_id: client.client_id(),
            return_address: return_address.clone(),
            names_redirect_uri,
            scopes: scopes(app, parameters, client)?,
            resource: resource(app, parameters, issuer)?,
            nonce: parameters.one("nonce")?.map(str::to_owned),
            code_challenge: code_challenge(app, parameters, client)?,
            prompt: parameters.one("prompt")?.map(Prompt::parse).transpose().map_err(invalid)?.unwrap_or_default(),
            max_age: max_age(parameters)?,
            login_hint: parameters.one("login_hint")?.map(str::to_owned),
            hinted_user: match hinted_user {
                Some(None) => return Err(invalid("id_token_hint is not an ID token of this client").into()),
                Some(user) => user,
                None => None,
            },
        })
    };
    read().map_err(|MistakeOr((code, description))| {
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

fn response_type(parameters: &Parameters) -> Result<(), MistakeOr> {
    // OpenID Connect Core §6: both can be refused, and nothing is fetched.
    if parameters.one("request")?.is_some() {
        return Err(mistake(OAuthCode::RequestNotSupported, "request is not supported").into());
    }
    if parameters.one("request_uri")?.is_some() {
        return Err(mistake(OAuthCode::RequestUriNotSupported, "request_uri is not supported").into());
    }
    match parameters.one("response_type")? {
        Some("code") => Ok(()),
        Some(_) => Err(mistake(OAuthCode::UnsupportedResponseType, "response_type must be code").into()),
        None => Err(invalid("Missing required parameter: response_type").into()),
    }
}

/// What the app wants to do. Without `scope`, all that it may have; a consent always has scopes.
fn scopes(app: &App, parameters: &Parameters, client: &OauthApp) -> Result<ScopeSet, MistakeOr> {
    let invalid_scope = |description: String| mistake(OAuthCode::InvalidScope, description);
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
        return Err(invalid_scope("There is no scope that the client may have among these".to_owned()).into());
    }
    if !scopes.is_subset(&client.scopes) {
        return Err(invalid_scope("The client may not have all of these scopes".to_owned()).into());
    }
    Ok(scopes)
}

/// RFC 8707 §2: one API, and one that the operator knows.
fn resource(app: &App, parameters: &Parameters, issuer: &str) -> Result<Option<String>, MistakeOr> {
    let mut named: Vec<&str> = parameters.all("resource").filter(|resource| !resource.is_empty()).collect();
    named.dedup();
    match named.as_slice() {
        [] => Ok(None),
        [one] if app.keys.audience_for(issuer, Some(one)).is_some() => Ok(Some((*one).to_owned())),
        [_] => Err(mistake(OAuthCode::InvalidTarget, "There is no such resource").into()),
        _ => Err(mistake(OAuthCode::InvalidTarget, "A token can be for one resource only").into()),
    }
}

/// RFC 9700 §2.1.1: public clients must use PKCE, and whoever uses it must use it right.
fn code_challenge(app: &App, parameters: &Parameters, client: &OauthApp) -> Result<Option<CodeChallenge>, MistakeOr> {
    let (challenge, method) = (parameters.one("code_challenge")?, parameters.one("code_challenge_method")?);
    match (challenge, method) {
        (Some(challenge), method) => Ok(Some(CodeChallenge::parse(challenge, method).map_err(invalid)?)),
        (None, Some(_)) => Err(invalid("code_challenge_method stands without code_challenge").into()),
        (None, None) if client.is_public() || app.config.requires_pkce => {
            Err(invalid("Missing required parameter: code_challenge").into())
        }
        (None, None) => Ok(None),
    }
}

fn max_age(parameters: &Parameters) -> Result<Option<u32>, MistakeOr> {
    let max_age = parameters.one("max_age")?.map(str::parse).transpose();
    max_age.map_err(|_| invalid("max_age must be a number of seconds").into())
}

fn invalid(description: &str) -> Mistake {
    mistake(OAuthCode::InvalidRequest, description)
}

fn mistake(code: OAuthCode, description: impl Into<String>) -> Mistake {
    (code, description.into())
}
