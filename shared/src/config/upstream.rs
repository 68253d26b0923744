//! The upstream providers, as the operator configured them.

use serde::Deserialize;
use url::Url;

use super::vars::{Vars, logo_url};
use crate::domain::upstream::provider::{Issuer, Mode, Provider, ResponseMode, tenant};

/// The most providers: each is a button.
const MOST: usize = 8;
/// The scopes that are requested by default.
const SCOPES: &str = "profile email";
/// The tenant in the address of a template by default.
const TENANT: &str = "organizations";

/// A provider of `UPSTREAM_PROVIDERS`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    issuer: String,
    client_id: String,
    name: Option<String>,
    logo: Option<String>,
    scopes: Option<String>,
    tenant: Option<String>,
    response_mode: Option<String>,
}

/// The providers in the order of their buttons; without an issuer the other variables are ignored.
pub(super) fn providers(vars: &mut Vars<'_>) -> Vec<Provider> {
    let more = vars.get("UPSTREAM_PROVIDERS");
    if vars.get("UPSTREAM_ISSUER").is_none() {
        if more.is_some() {
            vars.mistakes.push("UPSTREAM_PROVIDERS needs UPSTREAM_ISSUER, the first provider".to_owned());
        }
        return Vec::new();
    }
    let (secret, mode) = (vars.required("UPSTREAM_SECRET"), vars.parsed("UPSTREAM_MODE", Mode::parse));
    let mode = mode.unwrap_or(Mode::Offer);
    let mut providers: Vec<Provider> = first(vars, &secret, mode).into_iter().collect();
    match more.as_deref().map_or(Ok(Vec::new()), |more| listed(more, &secret, mode)) {
        Ok(more) => providers.extend(more),
        Err(mistake) => vars.mistakes.push(format!("UPSTREAM_PROVIDERS {mistake}")),
    }
    let is_duplicate = |(number, provider): (usize, &Provider)| {
        providers.iter().take(number).any(|earlier| earlier.issuer.as_str() == provider.issuer.as_str())
    };
    if providers.iter().enumerate().any(is_duplicate) {
        vars.mistakes.push("UPSTREAM_PROVIDERS names an issuer twice".to_owned());
    }
    providers
}

/// The provider of the single variables.
fn first(vars: &mut Vars<'_>, secret: &str, mode: Mode) -> Option<Provider> {
    let tenant = vars.parsed("UPSTREAM_TENANT", tenant).unwrap_or_else(|| TENANT.to_owned());
    let issuer = vars.parsed("UPSTREAM_ISSUER", |text| Issuer::configured(text, &tenant));
    let client_id = vars.required("UPSTREAM_CLIENT_ID").trim().to_owned();
    let response_mode = vars.parsed("UPSTREAM_RESPONSE_MODE", ResponseMode::parse).unwrap_or(ResponseMode::Query);
    let logo = vars.parsed("UPSTREAM_LOGO_URL", logo_url);
    let issuer = issuer?;
    Some(Provider {
        name: name(vars.get("UPSTREAM_NAME"), &issuer),
        client_id,
        secret: secret.to_owned(),
        is_first: true,
        logo,
        mode,
        response_mode,
        scopes: scopes(vars.get("UPSTREAM_SCOPES")),
        issuer,
    })
}

/// The providers of the list.
fn listed(text: &str, secret: &str, mode: Mode) -> Result<Vec<Provider>, String> {
    let listed: Vec<Listed> = serde_json::from_str(text).map_err(|error| format!("must be a JSON list: {error}"))?;
    if listed.len() >= MOST {
        return Err(format!("must have at most {} providers", MOST - 1));
    }
    listed.into_iter().map(|listed| provider(listed, secret, mode)).collect()
}

fn provider(listed: Listed, secret: &str, mode: Mode) -> Result<Provider, String> {
    let about = |name: &str, mistake: &str| format!("has a provider ({}) whose {name} {mistake}", listed.issuer);
    let tenant = listed.tenant.as_deref().map_or(Ok(TENANT.to_owned()), tenant).map_err(|m| about("tenant", m))?;
    let issuer = Issuer::configured(&listed.issuer, &tenant).map_err(|mistake| about("issuer", mistake))?;
    let logo: Option<Url> = listed.logo.as_deref().map(logo_url).transpose().map_err(|m| about("logo", m))?;
    let response_mode = listed.response_mode.as_deref().map_or(Ok(ResponseMode::Query), ResponseMode::parse);
    let response_mode = response_mode.map_err(|mistake| about("response_mode", mistake))?;
    let client_id = listed.client_id.trim().to_owned();
    if client_id.is_empty() {
        return Err(about("client_id", "is empty"));
    }
    Ok(Provider {
        name: name(listed.name.filter(|name| !name.trim().is_empty()), &issuer),
        client_id,
        secret: secret.to_owned(),
        is_first: false,
        logo,
        mode,
        response_mode,
        scopes: scopes(listed.scopes),
        issuer,
    })
}

fn name(name: Option<String>, issuer: &Issuer) -> String {
    name.map_or_else(|| issuer.host().to_owned(), |name| name.trim().to_owned())
}

/// `openid` is always requested.
fn scopes(scopes: Option<String>) -> Vec<String> {
    let scopes = scopes.unwrap_or_else(|| SCOPES.to_owned());
    scopes.split_whitespace().filter(|scope| *scope != "openid").map(str::to_owned).collect()
}
