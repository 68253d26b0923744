//! The upstream provider, as the operator configured it.

use std::fmt;

use url::{Host, Url};

/// The provider with which users may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// `UPSTREAM_ISSUER`: its issuer, compared as an exact string; `UPSTREAM_TENANT` is part of a template's address.
    pub issuer: Issuer,
    /// `UPSTREAM_CLIENT_ID`: our client id at the provider.
    pub client_id: String,
    /// `UPSTREAM_SECRET`: the secret that contains our client secret, by name or ARN; one for all providers.
    pub secret: String,
    /// Whether it is the provider of the single variables, to which the secret belongs if it does not name providers.
    pub is_first: bool,
    /// `UPSTREAM_LOGO_URL`: where the logo on its button is.
    pub logo: Option<Url>,
    /// `UPSTREAM_NAME`: the name that users see.
    pub name: String,
    /// `UPSTREAM_MODE`: `offer` or `only`.
    pub mode: Mode,
    /// `UPSTREAM_RESPONSE_MODE`: `query` or `form_post`.
    pub response_mode: ResponseMode,
    /// `UPSTREAM_SCOPES`: the requested scopes, in addition to `openid`.
    pub scopes: Vec<String>,
}

/// How the provider is offered to users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The sign-in page offers it in addition to the password.
    Offer,
    /// A user who has to sign in is redirected to it immediately.
    Only,
}

impl Mode {
    /// Parses a mode.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "offer" => Ok(Self::Offer),
            "only" => Ok(Self::Only),
            _ => Err("must be offer or only"),
        }
    }
}

/// How the provider returns users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// With a `GET`, as is the default of the code flow.
    Query,
    /// With a form (OAuth 2.0 Form Post Response Mode), which Apple requires where a name or an address is requested.
    FormPost,
}

impl ResponseMode {
    /// Parses a mode.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "query" => Ok(Self::Query),
            "form_post" => Ok(Self::FormPost),
            _ => Err("must be query or form_post"),
        }
    }
}

/// The place of the tenant in the issuer of a provider with several, as the metadata of Microsoft Entra ID have it.
const TENANT: &str = "{tenantid}";

/// An issuer (OpenID Connect Discovery §3), compared as an exact string; or a template, whose tokens each have the issuer of
/// their tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// Accepts an issuer: `https`, no query, no fragment; plain `http` only on the machine itself.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = plain_url(text)?;
        if text.contains(['{', '}']) {
            return Err("must be the issuer of one tenant");
        }
        if names_no_tenant(&url) {
            return Err(
                "is no issuer at Microsoft: it must have the id of a tenant in the place of common, organizations or \
                        consumers, or {tenantid} to accept users of every tenant (with UPSTREAM_TENANT common or organizations)",
            );
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// Accepts the issuer of the configuration, which may be a template, and this tenant, which is in its place in the address of
    /// the metadata.
    ///
    /// # Errors
    ///
    /// The end of a sentence about it.
    pub fn configured(text: &str, tenant: &str) -> Result<Self, &'static str> {
        if !text.contains(TENANT) {
            return Self::parse(text);
        }
        let others = text.replacen(TENANT, "", 1);
        // After the scheme and the host: a tenant determines no other server.
        let is_part = text.split('/').skip(3).any(|part| part == TENANT);
        if !is_part || others.contains(['{', '}']) {
            return Err("must have {tenantid} once, as a part of its path");
        }
        Ok(Self { text: text.to_owned(), url: plain_url(&text.replace(TENANT, tenant))? })
    }

    /// Returns whether it is a template.
    pub fn has_tenants(&self) -> bool {
        self.text.contains(TENANT)
    }

    /// Returns whether this is the issuer of its tokens: itself, or that of a tenant.
    pub fn issues(&self, iss: &str) -> bool {
        is_issued_by(&self.text, iss)
    }

    /// The issuer of the tokens of this tenant.
    pub fn of_tenant(&self, tenant: &str) -> String {
        self.text.replace(TENANT, tenant)
    }

    /// The issuer, as it was configured.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The issuer as a URL.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Where its metadata are (OpenID Connect Discovery §4).
    pub fn metadata_url(&self) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/.well-known/openid-configuration", self.url.path().trim_end_matches('/')));
        url
    }

    /// Its host.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Its origin as a Content Security Policy source.
    pub fn csp_source(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns whether `iss` is this issuer, or that of one tenant of this template.
pub fn is_issued_by(issuer: &str, iss: &str) -> bool {
    let is_tenant =
        |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match issuer.split_once(TENANT) {
        None => iss == issuer,
        Some((before, after)) => {
            iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(is_tenant)
        }
    }
}

/// Accepts `UPSTREAM_TENANT`: `common`, `organizations`, `consumers`, or the id or domain of a tenant.
///
/// # Errors
///
/// The end of a sentence about it.
pub fn tenant(text: &str) -> Result<String, &'static str> {
    let is_plain = (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && text.bytes().any(|byte| byte != b'.');
    is_plain.then(|| text.to_owned()).ok_or("must be common, organizations, consumers, or the id or domain of a tenant")
}

fn plain_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "must be a URL")?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err("must be an https URL");
    }
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_plain || !url.has_host() || url.password().is_some() {
        return Err("must be a URL without user, query and fragment");
    }
    Ok(url)
}

/// The metadata at these addresses of Microsoft Entra ID name another issuer: that of a template, or of the tenant of personal
/// accounts. No user could sign in.
fn names_no_tenant(url: &Url) -> bool {
    const HOSTS: [&str; 4] = [
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "login.windows.net",
    ];
    let first = url.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default();
    url.host_str().is_some_and(|host| HOSTS.contains(&host))
        && ["common", "organizations", "consumers"].iter().any(|name| first.eq_ignore_ascii_case(name))
}

/// Returns whether a URL is plain `http` on this machine.
pub fn is_loopback(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && is_here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for good in [
            "https://accounts.example.com",
            "https://tenant.example.com/",
            "https://login.example.com/tenant/v2.0",
            "http://127.0.0.1:8788",
            "http://localhost:3000/oidc",
        ] {
            assert_eq!(Issuer::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "accounts.example.com",
            "http://accounts.example.com",
            "http://10.0.0.1",
            "https://u@accounts.example.com",
            "https://:p@accounts.example.com",
            "https://accounts.example.com?x",
            "https://accounts.example.com#x",
            "ftp://accounts.example.com",
            "https://login.example.com/{tenantid}/v2.0",
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/Organizations/v2.0",
            "https://login.microsoftonline.com/consumers/v2.0",
            "",
        ] {
            assert!(Issuer::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_template_issues_the_tokens_of_each_tenant() {
        let text = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let issuer = Issuer::configured(text, "organizations").unwrap();
        assert!(issuer.has_tenants() && issuer.as_str() == text);
        let url = "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration";
        assert_eq!(issuer.metadata_url().as_str(), url);
        let tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
        assert!(issuer.issues(&issuer.of_tenant(tenant)));
        for other in
            [text, "https://login.microsoftonline.com//v2.0", "https://login.microsoftonline.com/a/b/v2.0", "/v2.0", ""]
        {
            assert!(!issuer.issues(other), "{other}");
        }
        for bad in [
            "https://{tenantid}/v2.0",
            "https://{tenantid}.example.com/v2.0",
            "https://login.example.com/{tenantid}/{tenantid}",
            "https://login.example.com/x{tenantid}/v2.0",
            "https://login.example.com/{tenantid}/{other}",
            "http://login.example.com/{tenantid}",
            "https://login.example.com/{tenant}/v2.0",
        ] {
            assert!(Issuer::configured(bad, "organizations").is_err(), "{bad}");
        }
        for (text, is_tenant) in
            [("common", true), ("contoso.onmicrosoft.com", true), ("..", false), ("a/b", false), ("", false)]
        {
            assert_eq!(super::tenant(text).is_ok(), is_tenant, "{text}");
        }
    }

    #[test]
    fn the_metadata_are_below_the_path_of_the_issuer() {
        for issuer in ["https://a.example/tenant", "https://a.example/tenant/"] {
            let url = Issuer::parse(issuer).unwrap().metadata_url();
            assert_eq!(url.as_str(), "https://a.example/tenant/.well-known/openid-configuration");
        }
    }
}
