//! What the server has to know of itself and of its issuer.

use std::fmt::{Display, Formatter};

use url::{Position, Url};

/// The path of the MCP endpoint.
pub const PATH: &str = "/mcp";
/// Where RFC 9728 puts the metadata of an origin; that of a resource with a path has the path behind it.
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What the server has to know of itself and of its issuer.
#[derive(Clone, Debug)]
pub struct Settings {
    issuer: Url,
    issuer_text: String,
    resource: Url,
}

/// Why settings are not accepted.
#[derive(Debug)]
pub struct NotASetting(&'static str);

impl Display for NotASetting {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NotASetting {}

impl Settings {
    /// Takes the issuer, which is compared byte for byte from then on, and this server's own canonical URL.
    ///
    /// # Errors
    ///
    /// [`NotASetting`] with the sentence to show.
    pub fn new(issuer: &str, resource: &str) -> Result<Self, NotASetting> {
        let issuer_url = http_url(issuer).ok_or(NotASetting("The issuer has to be an http or https URL."))?;
        let resource = http_url(resource)
            .filter(|url| url.path() == PATH && url.as_str() == resource)
            .ok_or(NotASetting("The resource has to be a canonical http or https URL with the path /mcp."))?;
        Ok(Self { issuer: issuer_url, issuer_text: issuer.to_owned(), resource })
    }

    /// The issuer, as it was given.
    pub fn issuer(&self) -> &str {
        &self.issuer_text
    }

    /// Where the issuer's metadata is: RFC 8414 §3.1 puts the well-known part before the issuer's path.
    pub fn issuer_metadata(&self) -> Url {
        let mut url = self.issuer.clone();
        url.set_path(&format!("/.well-known/oauth-authorization-server{}", self.issuer.path().trim_end_matches('/')));
        url
    }

    /// This server's canonical URL: the audience of the tokens that it takes.
    pub fn resource(&self) -> &str {
        self.resource.as_str()
    }

    /// The hosts that this server is known by.
    pub fn hosts(&self) -> [&str; 3] {
        ["127.0.0.1", "localhost", self.resource.host_str().unwrap_or_default()]
    }

    /// Where this server's own metadata is (RFC 9728 §3.1).
    pub fn resource_metadata(&self) -> String {
        format!("{}{WELL_KNOWN}{PATH}", &self.resource[..Position::BeforePath])
    }
}

fn http_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    is_plain.then_some(url)
}
