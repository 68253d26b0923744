//! The upstream provider, as the operator configured it.

use std::fmt;

use url::{Host, Url};

/// The provider with which users may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// `UPSTREAM_ISSUER`: its issuer, compared as an exact string.
    pub issuer: Issuer,
    /// `UPSTREAM_CLIENT_ID`: our client id at the provider.
    pub client_id: String,
    /// `UPSTREAM_SECRET`: the secret that contains our client secret, by name or ARN.
    pub secret: String,
    /// `UPSTREAM_NAME`: the name that users see.
    pub name: String,
    /// `UPSTREAM_MODE`: `offer` or `only`.
    pub mode: Mode,
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

/// An issuer (OpenID Connect Discovery §3), compared as an exact string.
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
        let url = Url::parse(text).map_err(|_| "must be a URL")?;
        if url.scheme() != "https" && !is_loopback(&url) {
            return Err("must be an https URL");
        }
        let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !is_plain || !url.has_host() || url.password().is_some() {
            return Err("must be a URL without user, query and fragment");
        }
        Ok(Self { text: text.to_owned(), url })
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
            "",
        ] {
            assert!(Issuer::parse(bad).is_err(), "{bad}");
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
