//! The provider, as the operator named it.

use std::fmt;

use url::{Host, Url};

/// The provider that users may sign in by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// `UPSTREAM_ISSUER`: who it says that it is, letter by letter.
    pub issuer: Issuer,
    /// `UPSTREAM_CLIENT_ID`: who we are to it.
    pub client_id: String,
    /// `UPSTREAM_SECRET`: the secret with our client secret, by name or ARN.
    pub secret: String,
    /// `UPSTREAM_NAME`: what users know it as.
    pub name: String,
    /// `UPSTREAM_MODE`: `offer` or `only`.
    pub mode: Mode,
    /// `UPSTREAM_SCOPES`: what we ask it for, beside `openid`.
    pub scopes: Vec<String>,
}

/// How users meet the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The sign-in page offers it beside the password.
    Offer,
    /// Whoever has to sign in is taken straight there.
    Only,
}

impl Mode {
    /// Reads a mode.
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

/// An issuer (OpenID Connect Discovery §3): compared letter by letter.
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

    /// The same as a URL.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Its host, which users may know it by.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Where its pages are, as a Content Security Policy names it.
    pub fn csp_source(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Says whether an address is plain `http` on this machine.
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
}
