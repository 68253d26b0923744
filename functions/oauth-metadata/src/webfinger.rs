//! WebFinger: programs that know a user's address find the issuer by it (OpenID Connect Discovery §2, RFC 7033).

use lambda_http::http::StatusCode;
use lambda_http::http::header::CONTENT_TYPE;
use serde_json::json;
use shared::domain::input::form;
use shared::domain::oauth::error::{OAuthCode, OAuthError};
use shared::http::{Request, Response, reply};
use url::{Host, Url};

use crate::MAX_AGE;

/// The relation between a user and their issuer (OpenID Connect Discovery §2).
const ISSUER: &str = "http://openid.net/specs/connect/1.0/issuer";

/// Names the issuer for every resource of its host, or of a domain above it that leads WebFinger here. Whether there is such a
/// user is not looked up.
pub(crate) fn answer(request: &Request, issuer: &str) -> Result<Response, OAuthError> {
    let pairs = form::pairs(request.query().as_bytes());
    let pairs = pairs.map_err(|mistake| mistake.refusal("The query is not properly encoded"))?;
    let all =
        |name: &'static str| pairs.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str());
    // RFC 7033 §4.1: exactly one resource, and any number of relations.
    let mut resources = all(form::RESOURCE).filter(|resource| !resource.is_empty());
    let (Some(resource), None) = (resources.next(), resources.next()) else {
        return Err(OAuthError::invalid_request("resource must be there once"));
    };
    let host = host_of(resource).ok_or_else(|| OAuthError::invalid_request("resource must be an acct or https URI"))?;
    if !is_ours(&host, issuer) {
        return Err(OAuthError::new(OAuthCode::NotFound, "The resource is of another host"));
    }
    let is_asked = all("rel").next().is_none() || all("rel").any(|rel| rel == ISSUER);
    let links: Vec<_> = is_asked.then(|| json!({"rel": ISSUER, "href": issuer})).into_iter().collect();
    let mut response = reply::json(StatusCode::OK, &json!({"subject": resource, "links": links}));
    reply::set(&mut response, CONTENT_TYPE, "application/jrd+json");
    Ok(reply::public(response, MAX_AGE))
}

/// The host of `acct:user@host` (RFC 7565) or of a URL.
fn host_of(resource: &str) -> Option<Host> {
    let host = match resource.split_once(':')? {
        (scheme, account) if scheme.eq_ignore_ascii_case("acct") => {
            let (_, host) = account.rsplit_once('@').filter(|(user, _)| !user.is_empty())?;
            host.rsplit_once(':').map_or(host, |(host, _)| host).to_owned()
        }
        ("https" | "http", _) => Url::parse(resource).ok()?.host_str()?.to_owned(),
        _ => return None,
    };
    Host::parse(&host).ok()
}

fn is_ours(host: &Host, issuer: &str) -> bool {
    let issuer = Url::parse(issuer).ok().and_then(|url| url.host().map(|host| host.to_owned()));
    match (host, issuer) {
        (Host::Domain(domain), Some(Host::Domain(own))) => own == *domain || own.ends_with(&format!(".{domain}")),
        (host, Some(own)) => own == *host,
        (_, None) => false,
    }
}
